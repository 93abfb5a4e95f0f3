{{- define "exporter.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "exporter.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := include "exporter.name" . }}
{{- if contains $name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}
{{- end }}

{{- define "exporter.selector" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "exporter.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{ include "exporter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "exporter.pods" -}}
{{ mul .Values.shards .Values.replicas }}
{{- end }}

{{- define "exporter.account" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "exporter.fullname" .) .Values.serviceAccount.name }}{{ else }}{{ default "default" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- define "exporter.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}{{ end }}
{{- end }}

{{/* What the deployment decides; the rest is the config of the values, which wins. */}}
{{- define "exporter.config" -}}
{{- $metrics := dict "address" "0.0.0.0" "port" 8080 }}
{{- if .Values.webConfigSecret }}{{ $_ := set $metrics "webConfigFile" "/etc/gitops-drift-exporter-web/web.yaml" }}{{ end }}
{{- $defaults := dict
  "metrics" $metrics
  "pages" (dict "address" "127.0.0.1" "port" 8081)
  "stateDirectory" "/var/lib/gitops-drift-exporter"
  "comparing" (dict "secrets" (ternary "compare" "skip" (eq .Values.rbac.secrets "all"))) }}
{{- toYaml (mergeOverwrite $defaults (deepCopy .Values.config)) }}
{{- end }}

{{/* The port of the listener of push events; empty where the config of the values has no receiver, so that nothing listens. */}}
{{- define "exporter.webhooksPort" -}}
{{- $webhooks := default dict .Values.config.webhooks }}
{{- if and (not .Values.existingConfigMap) $webhooks.receivers }}{{ int (default 8082 $webhooks.port) }}{{ end }}
{{- end }}

{{/* What a monitor says of its endpoint: dict of the monitor and the root. */}}
{{- define "exporter.endpoint" -}}
- port: metrics
  path: /metrics
  {{- if .root.Values.webConfigSecret }}
  scheme: {{ .https }}
  {{- end }}
  {{- with .monitor.interval }}
  interval: {{ . }}
  {{- end }}
  {{- with .monitor.scrapeTimeout }}
  scrapeTimeout: {{ . }}
  {{- end }}
  {{- with .monitor.tlsConfig }}
  tlsConfig: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .monitor.relabelings }}
  relabelings: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .monitor.metricRelabelings }}
  metricRelabelings: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
