{{/* The agent: fetches versions, writes models.config, says when the model server is ready. */}}
{{- define "fvi-ocr.agentContainer" -}}
{{- $agent := .Values.serving.agent -}}
- name: agent
  image: {{ include "fvi-ocr.image" (dict "root" . "image" $agent.image) }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- if include "fvi-ocr.nativeSidecar" . }}
  restartPolicy: Always
  {{- end }}
  args:
    - --store={{ include "fvi-ocr.storeUrl" . }}
    - --desired=/etc/fvi-ocr/desired-state/models.yaml
    - --models=/models
    - --config=/models/models.config
    - --serving=127.0.0.1:8500
    - --host=0.0.0.0
    - --port=8502
    - --linger_seconds={{ include "fvi-ocr.text" $agent.lingerSeconds }}
  ports:
    - {name: agent, containerPort: 8502}
  {{- with include "fvi-ocr.agentEnvironment" . }}
  env:
    {{- . | nindent 4 }}
  {{- end }}
  livenessProbe:
    httpGet: {path: /healthz, port: agent}
    initialDelaySeconds: 5
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 6
  readinessProbe: # the pod is ready when it and the model server are
    httpGet: {path: /readyz, port: agent}
    periodSeconds: 2
    timeoutSeconds: 2
    failureThreshold: 3
  resources:
    {{- toYaml $agent.resources | nindent 4 }}
  {{- with .Values.containerSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    - {name: models, mountPath: /models}
    - {name: agent-tmp, mountPath: /tmp}
    - {name: desired-state, mountPath: /etc/fvi-ocr/desired-state, readOnly: true}
    {{- with include "fvi-ocr.storeMounts" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- define "fvi-ocr.agentEnvironment" -}}
{{- include "fvi-ocr.storeEnvironment" . }}
{{- with .Values.serving.agent.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
