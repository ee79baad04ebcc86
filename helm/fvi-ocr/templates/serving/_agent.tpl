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
    {{- if .Values.modelStore.existingClaim }}
    - {name: store, mountPath: /store, readOnly: true}
    {{- end }}
    {{- if .Values.modelStore.ca.existingConfigMap }}
    - {name: store-ca, mountPath: /etc/fvi-ocr/store-ca, readOnly: true}
    {{- end }}
    {{- if .Values.modelStore.publicKeys.existingConfigMap }}
    - {name: public-keys, mountPath: /etc/fvi-ocr/public-keys, readOnly: true}
    {{- end }}
{{- end -}}

{{/* The settings of the store (docs/store.md), and credentials as botocore looks for them. */}}
{{- define "fvi-ocr.agentEnvironment" -}}
{{- $store := .Values.modelStore -}}
{{- $credentials := $store.credentials -}}
{{- with $store.endpointUrl }}
- {name: FVI_STORE_ENDPOINT_URL, value: {{ . | quote }}}
{{- end }}
{{- if $store.ca.existingConfigMap }}
- {name: FVI_STORE_CA_FILE, value: {{ printf "/etc/fvi-ocr/store-ca/%s" $store.ca.key | quote }}}
{{- end }}
{{- if $store.publicKeys.existingConfigMap }}
- {name: FVI_STORE_PUBLIC_KEYS_FILE, value: {{ printf "/etc/fvi-ocr/public-keys/%s" $store.publicKeys.key | quote }}}
{{- end }}
{{- range $name, $value := $store.settings }}
- {name: {{ $name }}, value: {{ include "fvi-ocr.text" $value | quote }}}
{{- end }}
{{- with $store.region }}
- {name: AWS_DEFAULT_REGION, value: {{ . | quote }}}
{{- end }}
{{- with $credentials.existingSecret }}
- name: AWS_ACCESS_KEY_ID
  valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $credentials.accessKeyIdKey }}}}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $credentials.secretAccessKeyKey }}}}
{{- if $credentials.sessionTokenKey }}
- name: AWS_SESSION_TOKEN
  valueFrom: {secretKeyRef: {name: {{ . }}, key: {{ $credentials.sessionTokenKey }}}}
{{- end }}
{{- end }}
{{- with .Values.serving.agent.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
