{{/* Names, labels and images: what every object says about itself. */}}

{{- define "fvi-ocr.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of a component's objects: (dict "root" $ "component" "api"). */}}
{{- define "fvi-ocr.name" -}}
{{- printf "%s-%s" (include "fvi-ocr.fullname" .root) .component -}}
{{- end -}}

{{/* What never changes in the life of a release: for selectors. */}}
{{- define "fvi-ocr.selectorLabels" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "fvi-ocr.labels" -}}
{{ include "fvi-ocr.selectorLabels" . }}
app.kubernetes.io/part-of: fvi-ocr
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Of pods: nothing that changes with the chart alone, or they would all be replaced. */}}
{{- define "fvi-ocr.podLabels" -}}
{{ include "fvi-ocr.selectorLabels" . }}
app.kubernetes.io/part-of: fvi-ocr
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The metadata of an object: (dict "root" $ "component" "api" "name" "optional-other-name"). */}}
{{- define "fvi-ocr.metadata" -}}
name: {{ default (include "fvi-ocr.name" .) .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "fvi-ocr.labels" . | nindent 2 }}
{{- end -}}

{{/* Where an image is: (dict "root" $ "image" .Values.api.image "suffix" "-gpu"). */}}
{{- define "fvi-ocr.image" -}}
{{- $tag := default (printf "%s%s" (default .root.Chart.AppVersion .root.Values.image.tag) (default "" .suffix)) .image.tag -}}
{{- $repository := .image.repository -}}
{{- with .root.Values.image.registry -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $repository -}}
{{- end -}}
{{- if .image.digest -}}{{ $repository }}@{{ .image.digest }}{{- else -}}{{ $repository }}:{{ $tag }}{{- end -}}
{{- end -}}

{{/* Which of the three model servers it is. */}}
{{- define "fvi-ocr.servingImage" -}}
{{- $serving := .Values.serving -}}
{{- if $serving.embedded.enabled -}}
{{- include "fvi-ocr.image" (dict "root" . "image" $serving.embedded.image) -}}
{{- else if $serving.gpu.enabled -}}
{{- include "fvi-ocr.image" (dict "root" . "image" $serving.gpu.image "suffix" "-gpu") -}}
{{- else -}}
{{- include "fvi-ocr.image" (dict "root" . "image" $serving.image) -}}
{{- end -}}
{{- end -}}

{{- define "fvi-ocr.serviceAccountName" -}}
{{- $account := (index .root.Values .component).serviceAccount -}}
{{- default (ternary (include "fvi-ocr.name" .) "default" $account.create) $account.name -}}
{{- end -}}

{{- define "fvi-ocr.desiredStateName" -}}
{{- default (printf "%s-desired-state" (include "fvi-ocr.fullname" .)) .Values.desiredState.existingConfigMap -}}
{{- end -}}

{{- define "fvi-ocr.keysSecretName" -}}
{{- default (printf "%s-api-keys" (include "fvi-ocr.fullname" .)) .Values.apiKeys.existingSecret -}}
{{- end -}}

{{- define "fvi-ocr.storeUrl" -}}
{{- default (ternary "/store" "" (ne .Values.modelStore.existingClaim "")) .Values.modelStore.url -}}
{{- end -}}

{{/* The lines that all our pods have in common: (dict "root" $ "token" true). */}}
{{- define "fvi-ocr.podDefaults" -}}
automountServiceAccountToken: {{ default false .token }}
enableServiceLinks: false # they would be variables that begin with FVI_, which the API refuses to start with
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Where a component's pods may run: (dict "root" $ "component" "api" "nodeSelector" … "tolerations" …). */}}
{{- define "fvi-ocr.scheduling" -}}
{{- $values := index .root.Values .component -}}
serviceAccountName: {{ include "fvi-ocr.serviceAccountName" . }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $labels := dict "matchLabels" (fromYaml (include "fvi-ocr.selectorLabels" .)) }}
{{- $constraints := list -}}
{{- range $values.topologySpreadConstraints -}}
{{- $constraints = append $constraints (merge (dict) . (dict "labelSelector" $labels "matchLabelKeys" (list "pod-template-hash"))) -}}
{{- end -}}
{{- with $constraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* prometheus.io/* for one port: (dict "root" $ "port" 8001 "path" "/metrics"). */}}
{{- define "fvi-ocr.scrapeAnnotations" -}}
{{- if eq .root.Values.monitoring.discovery "annotations" -}}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .port | quote }}
prometheus.io/path: {{ .path }}
{{- end -}}
{{- end -}}
