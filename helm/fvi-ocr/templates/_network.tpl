{{/* Names must be looked up, wherever the cluster's DNS is. */}}
{{- define "fvi-ocr.dnsEgress" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end -}}
