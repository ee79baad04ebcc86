{{/* Where Prometheus scrapes each component: names of ports, and paths. */}}
{{- define "fvi-ocr.apiEndpoints" -}}
- {port: admin, path: /metrics, interval: {{ .Values.monitoring.interval }}}
{{- end -}}

{{- define "fvi-ocr.servingEndpoints" -}}
- {port: rest, path: /monitoring/prometheus/metrics, interval: {{ .Values.monitoring.interval }}}
- {port: agent, path: /metrics, interval: {{ .Values.monitoring.interval }}}
{{- end -}}

{{- define "fvi-ocr.rolloutEndpoints" -}}
- {port: rollout, path: /metrics, interval: {{ .Values.monitoring.interval }}}
{{- end -}}

{{/* A PodMonitor or ServiceMonitor: (dict "root" $ "component" "api" "kind" "PodMonitor"). */}}
{{- define "fvi-ocr.monitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ .kind }}
metadata:
  {{- include "fvi-ocr.metadata" . | nindent 2 }}
    {{- with .root.Values.monitoring.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "fvi-ocr.selectorLabels" . | nindent 6 }}
      {{- if eq .kind "ServiceMonitor" }}
      fvi-ocr/scrape: "true" # of two Services before the API's pods only one has the port
      {{- end }}
  {{ ternary "podMetricsEndpoints" "endpoints" (eq .kind "PodMonitor") }}:
    {{- include (printf "fvi-ocr.%sEndpoints" .component) .root | nindent 4 }}
{{- end -}}

{{/* The file of rules: rules/ with every <name> filled in, and without comments. */}}
{{- define "fvi-ocr.rules" -}}
{{- $rules := .Values.monitoring.rules -}}
{{- $fullname := include "fvi-ocr.fullname" . -}}
{{- $filled := dict
    "namespace" (default .Release.Namespace $rules.namespace)
    "name" $fullname
    "pods" (printf "%s-(api|serving|rollout)-.*" $fullname)
    "imageRoutes" "/v1/(cards|cards:batch|corners|words|text)|/vision/idr/vnm"
    "cardRoutes" "/v1/cards|/vision/idr/vnm"
-}}
{{- range list "runbookUrl" "availabilityPercent" "latencyPercent" "latencySeconds" "fewestFailures" "saturationPercent" "convergenceSeconds" "canaryStuckFor" "fewestCards" "confidenceDrop" "emptyRise" "checksRise" "restartsPerHour" "certificateDays" -}}
{{- $_ := set $filled . (toString (get $rules .)) -}}
{{- end -}}
{{- $seconds := toString $rules.latencySeconds -}}
{{- $_ := set $filled "bucket" (ternary $seconds (print $seconds ".0") (contains "." $seconds)) -}}
{{- $text := "" -}}
{{- range list "5m" "30m" "1h" "2h" "6h" "1d" "3d" -}}
{{- $text = print $text ($.Files.Get "rules/slo-window.yaml" | replace "<window>" .) -}}
{{- end -}}
{{- $text = print $text (.Files.Get "rules/recorded.yaml") (.Files.Get "rules/alerts.yaml") -}}
{{- range $name, $value := $filled -}}
{{- $text = replace (printf "<%s>" $name) $value $text -}}
{{- end -}}
groups:
{{ regexReplaceAll "(?m)^ *#.*\n|^\n| +# .*$" $text "" }}
{{- end -}}
