{{/* What cannot work is told now, in sentences, and not by pods that do not start. */}}
{{- define "fvi-ocr.checks" -}}
{{- $problems := concat
  (include "fvi-ocr.checks.store" . | fromJsonArray)
  (include "fvi-ocr.checks.keys" . | fromJsonArray)
  (include "fvi-ocr.checks.models" . | fromJsonArray)
  (include "fvi-ocr.checks.scaling" (dict "root" . "component" "api") | fromJsonArray)
  (include "fvi-ocr.checks.scaling" (dict "root" . "component" "serving") | fromJsonArray)
  (include "fvi-ocr.checks.memory" . | fromJsonArray)
  (include "fvi-ocr.checks.drain" . | fromJsonArray)
  (include "fvi-ocr.checks.serving" . | fromJsonArray)
  (include "fvi-ocr.checks.rollout" . | fromJsonArray)
  (include "fvi-ocr.checks.environment" . | fromJsonArray)
-}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- $problems = append $problems "httpRoute.parentRefs is empty: name the Gateway that the route hangs on." -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "these values cannot work:\n- %s" (join "\n- " $problems)) -}}
{{- end -}}
{{- end -}}

{{- define "fvi-ocr.checks.store" -}}
{{- $problems := list -}}
{{- $store := .Values.modelStore -}}
{{- $url := include "fvi-ocr.storeUrl" . -}}
{{- if not $url -}}
{{- $problems = append $problems "modelStore.url is empty: say where the models are, such as s3://bucket/path, or name a modelStore.existingClaim." -}}
{{- else if and (not $store.existingClaim) (not (regexMatch "^(s3|gs)://" $url)) -}}
{{- $problems = append $problems (printf "modelStore.url %s is a folder, and no modelStore.existingClaim puts one into the pods." $url) -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{- define "fvi-ocr.checks.keys" -}}
{{- $problems := list -}}
{{- $keys := .Values.apiKeys -}}
{{- $chosen := add (ternary 1 0 (ne $keys.existingSecret "")) (ternary 1 0 (gt (len $keys.lines) 0)) (ternary 1 0 $keys.allowNone) -}}
{{- if eq (int $chosen) 0 -}}
{{- $problems = append $problems "there are no API keys: set apiKeys.existingSecret or apiKeys.lines (`fvi-ocr keys new CLIENT`), or apiKeys.allowNone=true where something in front checks who calls." -}}
{{- else if gt (int $chosen) 1 -}}
{{- $problems = append $problems "apiKeys: set only one of existingSecret, lines and allowNone." -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{- define "fvi-ocr.checks.models" -}}
{{- $problems := list -}}
{{- range $name, $model := .Values.models -}}
{{- if and (not $model.canary) (or $model.traffic $model.shadow) -}}
{{- $problems = append $problems (printf "models.%s has traffic or shadow and no canary to send it to." $name) -}}
{{- end -}}
{{- if not (hasKey $.Values.serving.memory.models $name) -}}
{{- $problems = append $problems (printf "serving.memory.models does not say what a version of %s takes." $name) -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{- define "fvi-ocr.checks.scaling" -}}
{{- $problems := list -}}
{{- $values := index .root.Values .component -}}
{{- $hpa := $values.autoscaling -}}
{{- $pods := int (include "fvi-ocr.leastPods" .) -}}
{{- if $hpa.enabled -}}
{{- if gt (int $hpa.minReplicas) (int $hpa.maxReplicas) -}}
{{- $problems = append $problems (printf "%s.autoscaling: minReplicas %d is more than maxReplicas %d." .component (int $hpa.minReplicas) (int $hpa.maxReplicas)) -}}
{{- end -}}
{{- if and $hpa.targetCPU (not (dig "requests" "cpu" "" $values.resources)) -}}
{{- $problems = append $problems (printf "%s.autoscaling scales by CPU, which needs %s.resources.requests.cpu." .component .component) -}}
{{- end -}}
{{- if and (not $hpa.targetCPU) (not (dig "inFlight" "enabled" false $hpa)) -}}
{{- $problems = append $problems (printf "%s.autoscaling has nothing to scale by: set targetCPU or inFlight.enabled." .component) -}}
{{- end -}}
{{- end -}}
{{- $pdb := $values.podDisruptionBudget -}}
{{- if $pdb.enabled -}}
{{- $least := toString (default "" $pdb.minAvailable) -}}
{{- $most := toString (ternary "" $pdb.maxUnavailable (kindIs "invalid" $pdb.maxUnavailable)) -}}
{{- if eq (empty $least) (empty $most) -}}
{{- $problems = append $problems (printf "%s.podDisruptionBudget: set one of minAvailable and maxUnavailable, and the other to null." .component) -}}
{{- else if has $most (list "0" "0%") -}}
{{- $problems = append $problems (printf "%s.podDisruptionBudget.maxUnavailable 0 would keep nodes from ever being drained." .component) -}}
{{- else if or (eq $least "100%") (and $least (not (hasSuffix "%" $least)) (ge (int $least) $pods)) -}}
{{- $problems = append $problems (printf "%s.podDisruptionBudget.minAvailable %s of %d pods would keep nodes from ever being drained." .component $least $pods) -}}
{{- else if and $most (gt $pods 1) (or (eq $most "100%") (and (not (hasSuffix "%" $most)) (ge (int $most) $pods))) -}}
{{- $problems = append $problems (printf "%s.podDisruptionBudget.maxUnavailable %s of %d pods would let a drain take all of them." .component $most $pods) -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{- define "fvi-ocr.checks.memory" -}}
{{- $problems := list -}}
{{- $api := .Values.api -}}
{{- with dig "limits" "memory" "" $api.resources -}}
{{- $photos := mulf (addf 16.0 (mulf 3.0 (float64 $api.threads))) (divf (float64 $api.maxPixels) 1048576.0) -}}
{{- $body := divf (float64 (default 20971520 $api.settings.FVI_MAX_IMAGE_BYTES)) 1048576.0 -}}
{{- $bodies := mulf (addf (float64 $api.threads) (float64 $api.queue)) $body -}}
{{- /* 150 is the process itself, 384 each of the two that draw pages of PDFs. */ -}}
{{- $need := addf 60.0 (mulf (float64 $api.workers) (addf 150.0 768.0 $photos $bodies)) -}}
{{- if lt (float64 (include "fvi-ocr.mib" .)) $need -}}
{{- $problems = append $problems (printf "api.resources.limits.memory %s is too little: at worst %.0fMi are needed: 60Mi, and for each of %d workers 918Mi for itself and two PDFs, %.0fMi for photos (16 + 3 x threads bytes for each of %d pixels), and %.0fMi for the files of threads + queue = %d requests. Fewer threads, a shorter queue or less maxPixels take less." . (ceil $need) (int $api.workers) (ceil $photos) (int64 $api.maxPixels) (ceil $bodies) (add (int $api.threads) (int $api.queue))) -}}
{{- end -}}
{{- end -}}
{{- $serving := .Values.serving -}}
{{- with dig "limits" "memory" "" $serving.resources -}}
{{- $batches := mulf (float64 (include "fvi-ocr.mib" $serving.memory.batch)) (float64 (include "fvi-ocr.servingCores" $)) -}}
{{- $all := addf (float64 (include "fvi-ocr.mib" $serving.memory.base)) $batches -}}
{{- $largest := 0.0 -}}
{{- range $name, $model := $.Values.models -}}
{{- $size := float64 (include "fvi-ocr.mib" (default "0" (get $serving.memory.models $name))) -}}
{{- $versions := concat (list $model.stable) (ternary (list $model.canary) (list) (not (empty $model.canary))) (default (list) $model.keep) | uniq -}}
{{- $all = addf $all (mulf $size (float64 (len $versions))) -}}
{{- $largest = max (int64 $largest) (int64 $size) | float64 -}}
{{- end -}}
{{- $need := addf $all $largest -}}
{{- if lt (float64 (include "fvi-ocr.mib" .)) $need -}}
{{- $problems = append $problems (printf "serving.resources.limits.memory %s is too little: a new version is loaded before the old one goes, so with serving.memory as it is %.0fMi are needed (base, a batch for each core, every version of models, the largest once more)." . (ceil $need)) -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{- define "fvi-ocr.checks.drain" -}}
{{- $problems := list -}}
{{- $api := .Values.api -}}
{{- $serving := .Values.serving -}}
{{- if lt (float64 $api.gracefulSeconds) (float64 $api.deadlineSeconds) -}}
{{- $problems = append $problems (printf "api.gracefulSeconds %v is less than api.deadlineSeconds %v: cards under way would be cut off." $api.gracefulSeconds $api.deadlineSeconds) -}}
{{- end -}}
{{- $apiNeeds := add $api.drainSeconds $api.gracefulSeconds 3 -}}
{{- if lt (int (include "fvi-ocr.apiGraceSeconds" .)) (int $apiNeeds) -}}
{{- $problems = append $problems (printf "api.terminationGracePeriodSeconds %v is too little: draining (%v), finishing (%v) and closing idle connections take %d." $api.terminationGracePeriodSeconds $api.drainSeconds $api.gracefulSeconds $apiNeeds) -}}
{{- end -}}
{{- with $api.attemptSeconds -}}
{{- if gt (float64 .) (float64 $api.deadlineSeconds) -}}
{{- $problems = append $problems (printf "api.attemptSeconds %v is more than api.deadlineSeconds %v: no try could take so long." . $api.deadlineSeconds) -}}
{{- end -}}
{{- end -}}
{{- $leave := int64 (ceil (addf (float64 $serving.dnsTtlSeconds) (mulf 1.1 (float64 $serving.connections.maxAgeSeconds)))) -}}
{{- if and (lt (int64 $serving.drainSeconds) $leave) (gt (int (include "fvi-ocr.leastPods" (dict "root" . "component" "serving"))) 1) -}}
{{- $problems = append $problems (printf "serving.drainSeconds %v is too little: clients leave a pod that is to go within %d seconds (dnsTtlSeconds + 1.1 x connections.maxAgeSeconds)." $serving.drainSeconds $leave) -}}
{{- end -}}
{{- if lt (float64 $serving.connections.maxAgeGraceSeconds) (float64 $api.deadlineSeconds) -}}
{{- $problems = append $problems (printf "serving.connections.maxAgeGraceSeconds %v is less than api.deadlineSeconds %v: calls under way would be cut off." $serving.connections.maxAgeGraceSeconds $api.deadlineSeconds) -}}
{{- end -}}
{{- $servingNeeds := add $serving.drainSeconds 10 -}}
{{- if lt (int (include "fvi-ocr.servingGraceSeconds" .)) (int $servingNeeds) -}}
{{- $problems = append $problems (printf "serving.terminationGracePeriodSeconds %v is too little: draining (%v) and 10 seconds to end take %d." $serving.terminationGracePeriodSeconds $serving.drainSeconds $servingNeeds) -}}
{{- end -}}
{{- if le (float64 $serving.agent.lingerSeconds) (float64 $api.deadlineSeconds) -}}
{{- $problems = append $problems (printf "serving.agent.lingerSeconds %v must be more than api.deadlineSeconds %v: a version would be unloaded under a card." $serving.agent.lingerSeconds $api.deadlineSeconds) -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{- define "fvi-ocr.checks.serving" -}}
{{- $problems := list -}}
{{- $serving := .Values.serving -}}
{{- if and $serving.embedded.enabled $serving.gpu.enabled -}}
{{- $problems = append $problems "serving.embedded and serving.gpu: the embedded server computes on CPUs only; enable one of them." -}}
{{- end -}}
{{- /* 512Mi is the default, and was measured on CPUs: nobody has thought of CUDA and cuDNN yet. */ -}}
{{- if and $serving.gpu.enabled (le (float64 (include "fvi-ocr.mib" $serving.memory.base)) 512.0) -}}
{{- $problems = append $problems (printf "serving.memory.base %s is what a model server on CPUs takes, and with serving.gpu CUDA and cuDNN are loaded, too: start from helm/fvi-ocr/profiles/gpu.yaml, which sets memory, strategy and batching for GPUs." $serving.memory.base) -}}
{{- end -}}
{{- if and $serving.gpu.enabled $serving.autoscaling.enabled -}}
{{- $problems = append $problems "serving.autoscaling scales by CPU, which says nothing of a GPU's load: turn it off with serving.gpu." -}}
{{- end -}}
{{- if and $serving.batching.enabled (gt (int $serving.batching.maxExecutionBatchSize) (int $serving.batching.maxBatchSize)) -}}
{{- $problems = append $problems "serving.batching: maxExecutionBatchSize is more than maxBatchSize." -}}
{{- end -}}
{{- with $serving.batching.allowedBatchSizes -}}
{{- if ne (int (last .)) (int $serving.batching.maxExecutionBatchSize) -}}
{{- $problems = append $problems "serving.batching: the last of allowedBatchSizes must be maxExecutionBatchSize, or TensorFlow Serving does not start." -}}
{{- end -}}
{{- end -}}
{{- if and (eq $serving.agent.sidecar "native") (not (semverCompare ">=1.29.0-0" .Capabilities.KubeVersion.Version)) -}}
{{- $problems = append $problems (printf "serving.agent.sidecar: native sidecars need Kubernetes 1.29, and this is %s: use auto." .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{- define "fvi-ocr.checks.rollout" -}}
{{- $problems := list -}}
{{- $rollout := .Values.rollout -}}
{{- if $rollout.enabled -}}
{{- if not (regexMatch "^https?://[^/]+" $rollout.prometheus.url) -}}
{{- $problems = append $problems (printf "rollout.prometheus.url is %q: the evidence is in the API's metrics, so name the Prometheus that scrapes it, such as http://prometheus.monitoring.svc:9090." $rollout.prometheus.url) -}}
{{- end -}}
{{- if not (or .Values.desiredState.keepChanges .Values.desiredState.existingConfigMap) -}}
{{- $problems = append $problems "rollout.enabled writes the desired state, and with desiredState.keepChanges=false each upgrade would write over it: set that to true, or name a desiredState.existingConfigMap." -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{- define "fvi-ocr.checks.environment" -}}
{{- $problems := list -}}
{{- range $where, $variables := dict "api.extraEnv" .Values.api.extraEnv "serving.agent.extraEnv" .Values.serving.agent.extraEnv "rollout.extraEnv" .Values.rollout.extraEnv -}}
{{- range $variables -}}
{{- if hasPrefix "FVI_" .name -}}
{{- $problems = append $problems (printf "%s: %s is a setting of ours; its place is api.settings, modelStore.settings or a value of its own." $where .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}
