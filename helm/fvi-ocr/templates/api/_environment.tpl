{{/* The settings of the API (docs/settings.md). Those set here cannot be set by api.settings. */}}
{{- define "fvi-ocr.apiEnvironment" -}}
{{- $api := .Values.api -}}
{{- $serving := include "fvi-ocr.name" (dict "root" . "component" "serving") -}}
- {name: FVI_BIND, value: "0.0.0.0:8000"}
- {name: FVI_ADMIN_BIND, value: "0.0.0.0:8001"}
- {name: FVI_SERVING_TARGET, value: "dns:///{{ $serving }}.{{ .Release.Namespace }}.svc:8500"}
- {name: FVI_DESIRED_STATE, value: /etc/fvi-ocr/desired-state/models.yaml}
- {name: FVI_WORKERS, value: {{ include "fvi-ocr.text" $api.workers | quote }}}
- {name: FVI_THREADS, value: {{ include "fvi-ocr.text" $api.threads | quote }}}
- {name: FVI_QUEUE, value: {{ include "fvi-ocr.text" $api.queue | quote }}}
- {name: FVI_DEADLINE_SECONDS, value: {{ include "fvi-ocr.text" $api.deadlineSeconds | quote }}}
- {name: FVI_ATTEMPT_SECONDS, value: {{ include "fvi-ocr.attemptSeconds" . | quote }}}
- {name: FVI_DRAIN_SECONDS, value: {{ include "fvi-ocr.text" $api.drainSeconds | quote }}}
- {name: FVI_GRACEFUL_SECONDS, value: {{ include "fvi-ocr.text" $api.gracefulSeconds | quote }}}
- {name: FVI_MAX_PIXELS, value: {{ include "fvi-ocr.text" $api.maxPixels | quote }}}
{{- with $api.corsOrigins }}
- {name: FVI_CORS_ORIGINS, value: {{ join " " . | quote }}}
{{- end }}
{{- if .Values.apiKeys.allowNone }}
- {name: FVI_ALLOW_NO_KEYS, value: "true"}
{{- else }}
- {name: FVI_API_KEYS_FILE, value: {{ printf "/etc/fvi-ocr/api-keys/%s" .Values.apiKeys.secretKey | quote }}}
{{- end }}
{{- range $name, $value := $api.settings }}
- {name: {{ $name }}, value: {{ include "fvi-ocr.text" $value | quote }}}
{{- end }}
- {name: PROMETHEUS_MULTIPROC_DIR, value: /tmp/metrics}
{{- with $api.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
