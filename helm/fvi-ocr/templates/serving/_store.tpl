{{/* The settings of the store (docs/store.md), and credentials as botocore looks for them. */}}
{{- define "fvi-ocr.storeEnvironment" -}}
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
{{- end -}}

{{- define "fvi-ocr.storeMounts" -}}
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

{{- define "fvi-ocr.storeVolumes" -}}
{{- with .Values.modelStore.existingClaim }}
- name: store
  persistentVolumeClaim: {claimName: {{ . }}, readOnly: true}
{{- end }}
{{- with .Values.modelStore.ca.existingConfigMap }}
- name: store-ca
  configMap: {name: {{ . }}}
{{- end }}
{{- with .Values.modelStore.publicKeys.existingConfigMap }}
- name: public-keys
  configMap: {name: {{ . }}}
{{- end }}
{{- end -}}
