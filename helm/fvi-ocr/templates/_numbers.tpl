{{/* Arithmetic: quantities of Kubernetes, and what follows from other values. */}}

{{/* A value as text. Whole numbers stay whole: Helm holds them as floats, and would print 50000000 as 5e+07. */}}
{{- define "fvi-ocr.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}{{ int64 . }}{{- else -}}{{ toString . }}{{- end -}}
{{- end -}}

{{/* A quantity of memory, such as 1.5Gi, in MiB. */}}
{{- define "fvi-ocr.mib" -}}
{{- $mib := dict "" 9.5367431640625e-07 "k" 9.5367431640625e-04 "M" 0.95367431640625 "G" 953.67431640625 "T" 953674.31640625 "Ki" 0.0009765625 "Mi" 1.0 "Gi" 1024.0 "Ti" 1048576.0 -}}
{{- $number := regexFind "^[0-9.]+" . -}}
{{- printf "%f" (mulf (float64 $number) (get $mib (trimPrefix $number .))) -}}
{{- end -}}

{{/* A quantity of CPU, such as 1500m or 1.5, in whole cores, rounded up. */}}
{{- define "fvi-ocr.cores" -}}
{{- $text := toString . -}}
{{- $cores := ternary (divf (float64 (trimSuffix "m" $text)) 1000.0) (float64 $text) (hasSuffix "m" $text) -}}
{{- max 1 (int64 (ceil $cores)) -}}
{{- end -}}

{{/* Cores that one model server computes with. */}}
{{- define "fvi-ocr.servingCores" -}}
{{- $resources := .Values.serving.resources -}}
{{- $cpu := coalesce (dig "limits" "cpu" "" $resources) (dig "requests" "cpu" "" $resources) "1" -}}
{{- with .Values.serving.cores -}}{{ int64 . }}{{- else -}}{{ include "fvi-ocr.cores" $cpu }}{{- end -}}
{{- end -}}

{{/* The least number of pods of a component: (dict "root" $ "component" "api"). */}}
{{- define "fvi-ocr.leastPods" -}}
{{- $values := index .root.Values .component -}}
{{- int64 (ternary $values.autoscaling.minReplicas $values.replicas $values.autoscaling.enabled) -}}
{{- end -}}

{{/*
spec.replicas, or "" where it stays unsaid: (dict "root" $ "component" "api").
The autoscaler owns the number. But if the last release said one and this one does not, as when the autoscaler is switched
on, Kubernetes takes its default: 1 pod until the autoscaler has looked. So an upgrade says what is there. None (0) turns
an autoscaler off and is not said. Nor is one that the autoscaler has set if releases are applied by the server (Helm 4):
it stays unsaid, while one said would be a conflict if the autoscaler changed it before the upgrade came to it.
*/}}
{{- define "fvi-ocr.replicas" -}}
{{- $values := index .root.Values .component -}}
{{- if not $values.autoscaling.enabled -}}
{{- int64 $values.replicas -}}
{{- else if .root.Release.IsUpgrade -}}
{{- $live := lookup "apps/v1" "Deployment" .root.Release.Namespace (include "fvi-ocr.name" .) -}}
{{- $applied := false -}}
{{- $scaled := false -}}
{{- range dig "metadata" "managedFields" list $live -}}
{{- $applied = or $applied (eq .operation "Apply") -}}
{{- $scaled = or $scaled (and (eq (default "" .subresource) "scale") (hasKey (dig "f:spec" dict .fieldsV1) "f:replicas")) -}}
{{- end -}}
{{- if not (and $applied $scaled) -}}
{{- with dig "spec" "replicas" 0 $live -}}{{ int64 . }}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "fvi-ocr.apiGraceSeconds" -}}
{{- $api := .Values.api -}}
{{- with $api.terminationGracePeriodSeconds -}}{{ int64 . }}{{- else -}}{{ add $api.drainSeconds $api.gracefulSeconds 10 }}{{- end -}}
{{- end -}}

{{- define "fvi-ocr.servingGraceSeconds" -}}
{{- $serving := .Values.serving -}}
{{- with $serving.terminationGracePeriodSeconds -}}{{ int64 . }}{{- else -}}{{ add $serving.drainSeconds 15 }}{{- end -}}
{{- end -}}

{{- define "fvi-ocr.attemptSeconds" -}}
{{- $several := gt (int (include "fvi-ocr.leastPods" (dict "root" . "component" "serving"))) 1 -}}
{{- $default := ternary (minf 3 .Values.api.deadlineSeconds) .Values.api.deadlineSeconds $several -}}
{{- include "fvi-ocr.text" (default $default .Values.api.attemptSeconds) -}}
{{- end -}}

{{/* Whether the agent is an init container that stays: "true" or "". */}}
{{- define "fvi-ocr.nativeSidecar" -}}
{{- $possible := semverCompare ">=1.29.0-0" .Capabilities.KubeVersion.Version -}}
{{- if or (eq .Values.serving.agent.sidecar "native") (and (eq .Values.serving.agent.sidecar "auto") $possible) -}}true{{- end -}}
{{- end -}}

{{/* Ports that the model store is reached at, as a JSON list. */}}
{{- define "fvi-ocr.storePorts" -}}
{{- $ofUrl := int (include "fvi-ocr.urlPort" .Values.modelStore.endpointUrl) -}}
{{- toJson (default (list $ofUrl) .Values.networkPolicy.storePorts) -}}
{{- end -}}

{{/* All ports that the rollout controller reaches others at, with commas between them, each once. */}}
{{- define "fvi-ocr.rolloutPorts" -}}
{{- $policy := .Values.networkPolicy -}}
{{- $prometheus := default (list (include "fvi-ocr.urlPort" .Values.rollout.prometheus.url)) $policy.prometheusPorts -}}
{{- $ports := list -}}
{{- range concat $policy.apiServerPorts $prometheus (include "fvi-ocr.storePorts" . | fromJsonArray) -}}
{{- $ports = append $ports (int64 .) -}}{{- /* else 443 of one kind is not that of another one */ -}}
{{- end -}}
{{- join "," (uniq $ports) -}}
{{- end -}}

{{- define "fvi-ocr.urlPort" -}}
{{- $ofUrl := regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" -}}
{{- default (ternary 80 443 (hasPrefix "http://" .)) $ofUrl -}}
{{- end -}}
