{{/* Flags of tensorflow_model_server; services/serving/README.md says why each. */}}
{{- define "fvi-ocr.servingFlags" -}}
{{- $serving := .Values.serving -}}
{{- $connections := $serving.connections -}}
{{- $cores := include "fvi-ocr.servingCores" . -}}
- --port=8500
- --rest_api_port=8501
- --model_config_file=/models/models.config
- --model_config_file_poll_wait_seconds=1
- --file_system_poll_wait_seconds=1
- --allow_version_labels_for_unavailable_models=true
- --num_load_threads=1
- --num_unload_threads=1
- --max_num_load_retries=1
- --load_retry_interval_micros=5000000
- --tensorflow_intra_op_parallelism={{ $cores }}
- --tensorflow_inter_op_parallelism={{ $cores }}
{{- if $serving.batching.enabled }}
- --enable_batching=true
- --batching_parameters_file=/etc/fvi-ocr/serving/batching.config
{{- end }}
- --monitoring_config_file=/etc/fvi-ocr/serving/monitoring.config
- --enable_serialization_as_tensor_content=true
- --enable_grpc_healthcheck_service=true
- --enable_profiler=false
- --grpc_channel_arguments=grpc.max_connection_age_ms={{ mul $connections.maxAgeSeconds 1000 }},grpc.max_connection_age_grace_ms={{ mul $connections.maxAgeGraceSeconds 1000 }}
{{- if and $serving.gpu.enabled $serving.gpu.memoryFraction }}
- --per_process_gpu_memory_fraction={{ $serving.gpu.memoryFraction }}
{{- end }}
{{- with $serving.extraFlags }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Its resources, with the GPU. */}}
{{- define "fvi-ocr.servingResources" -}}
{{- $serving := .Values.serving -}}
{{- $resources := deepCopy $serving.resources -}}
{{- if $serving.gpu.enabled -}}
{{- $resources = mergeOverwrite $resources (dict "limits" (dict $serving.gpu.resourceName (int64 $serving.gpu.count))) -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}
