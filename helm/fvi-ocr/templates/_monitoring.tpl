{{/* Where Prometheus scrapes each component: names of ports, and paths. */}}
{{- define "fvi-ocr.apiEndpoints" -}}
- {port: admin, path: /metrics, interval: {{ .Values.monitoring.interval }}}
{{- end -}}

{{- define "fvi-ocr.servingEndpoints" -}}
- {port: rest, path: /monitoring/prometheus/metrics, interval: {{ .Values.monitoring.interval }}}
- {port: agent, path: /metrics, interval: {{ .Values.monitoring.interval }}}
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
