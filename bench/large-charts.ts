type Files = Readonly<Record<string, string>>

const CHART = 'apiVersion: v2\nname: large\nversion: 1.0.0\nappVersion: "1.2"\n'

const HELPERS = `{{- define "name" -}}{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}{{- end -}}
{{- define "fullname" -}}{{- printf "%s-%s" .Release.Name (include "name" .) | trunc 63 | trimSuffix "-" -}}{{- end -}}
{{- define "labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}
{{- define "selector" -}}
app.kubernetes.io/name: {{ include "name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
`

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

/** 200 Deployments of four containers with fifteen variables each; the text of each variable is `value`, a template expression. */
function deployments(value: string): Files {
  const containers = numbers(4).map((container) => {
    const env = numbers(15).map((index) => `{name: E${index}, value: "{{ .Release.Namespace }}-${index}"}`)
    return `  c${container}: {image: r/c${container}, resources: {limits: {cpu: 1, memory: 1Gi}}, env: [${env.join(', ')}]}`
  })
  const template = (index: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "fullname" . }}-${index}
  labels:
    {{- include "labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {n: "${index}"}
  template:
    metadata:
      labels:
        {{- include "labels" . | nindent 8 }}
        n: "${index}"
    spec:
      containers:
      {{- range $name, $container := .Values.containers }}
      - name: {{ $name }}
        image: "{{ $container.image }}:{{ $container.tag | default $.Chart.AppVersion }}"
        env:
        {{- range $variable := $container.env }}
        - name: {{ $variable.name }}
          value: {{ ${value} | quote }}
        {{- end }}
        resources:
          {{- toYaml $container.resources | nindent 10 }}
        ${numbers(20)
          .map(
            (flag) =>
              `{{- if eq (index $.Values.flags "f${flag}") "some" }}\n        # flag ${flag}\n        {{- end }}`,
          )
          .join('\n        ')}
      {{- end }}
`
  return {
    'Chart.yaml': CHART,
    'values.yaml': `replicas: 1\nflags: {${numbers(20).map((flag) => `f${flag}: none`)}}\ncontainers:\n${containers.join('\n')}\n`,
    'templates/_helpers.tpl': HELPERS,
    ...Object.fromEntries(numbers(200).map((index) => [`templates/d${index}.yaml`, template(index)])),
  }
}

function properties(depth: number): object {
  const description = 'a text that says something of some length about this very field'
  if (depth === 0) return { type: 'string', description }
  const fields = Object.fromEntries(numbers(5).map((index) => [`p${index}`, properties(depth - 1)]))
  return { type: 'object', description, properties: fields }
}

/** Six definitions of 120 kB each, as operators ship them. */
function definitions(): Files {
  const definition = (index: number): string => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: c${index}.example.com}
spec:
  group: example.com
  names: {kind: C${index}, plural: c${index}}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
${yaml(properties(4), ' '.repeat(8))}`
  return {
    'Chart.yaml': CHART,
    'templates/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
    ...Object.fromEntries(numbers(6).map((index) => [`crds/c${index}.yaml`, definition(index)])),
  }
}

function yaml(value: object, indent: string): string {
  return Object.entries(value)
    .map(([key, field]: [string, unknown]) =>
      typeof field === 'object' && field !== null
        ? `${indent}${key}:\n${yaml(field, `${indent}  `)}`
        : `${indent}${key}: ${field}\n`,
    )
    .join('')
}

/** Charts that print some 800 kB each, by what their time goes to. */
export function largeCharts(): Readonly<Record<string, Files>> {
  return {
    'large-tpl': deployments('tpl $variable.value $'),
    'large-include': deployments('include "fullname" $'),
    'large-definitions': definitions(),
  }
}
