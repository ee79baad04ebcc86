{{/* The ConfigMap with the state of the rollouts, and the Lease: both have the name of the component. */}}
{{- define "fvi-ocr.rolloutName" -}}
{{- include "fvi-ocr.name" (dict "root" . "component" "rollout") -}}
{{- end -}}

{{/* Which of the metrics in Prometheus are this release's. Its operator gives every target the label `namespace`. */}}
{{- define "fvi-ocr.rolloutMatchers" -}}
{{- $matchers := .Values.rollout.prometheus.matchers -}}
{{- if not (kindIs "invalid" $matchers) -}}
{{- $matchers -}}
{{- else if has .Values.monitoring.discovery (list "podMonitor" "serviceMonitor") -}}
namespace={{ .Release.Namespace | quote }}
{{- end -}}
{{- end -}}

{{/* What people add to `fvi-ocr rollout` where the ConfigMaps are not called as it expects. */}}
{{- define "fvi-ocr.rolloutFlags" -}}
{{- $desired := include "fvi-ocr.desiredStateName" . -}}
{{- $state := include "fvi-ocr.rolloutName" . -}}
{{- if ne $desired "fvi-ocr-desired-state" }} --desired-configmap {{ $desired }}{{ end -}}
{{- if ne $state "fvi-ocr-rollout" }} --state-configmap {{ $state }}{{ end -}}
{{- end -}}
