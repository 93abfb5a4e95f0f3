import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout, toolPath } from '../tools/build.ts'
import { objectsOf, objectsOfText } from './objects-of-text.ts'
import { dataOf, render, renderFailure, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

// Helm evaluates each text given to `tpl` on a copy of all templates; here one copy serves for all of them. What a text sees,
// defines and calls must not show the difference.

const run = promisify(execFile)

let repository: TestRepository
before(async () => {
  await withSandbox()
  repository = await testRepository()
})
after(() => repository.remove())

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: parent\nversion: 1.0.0\n',
  'values.yaml': 'name: shop\nnested: "<{{ tpl .Values.inner . }}>"\ninner: "{{ .Values.name }}"\nempty: null\n',
  'templates/_helpers.tpl': `{{- define "name" }}parent of {{ .Values.name }}{{ end }}
{{- define "deep" }}{{ tpl "{{ include \\"name\\" . }}" . }}{{ end }}`,
  'templates/other.yaml': '# {{ .Values.name }}\n',
  'charts/child/Chart.yaml': 'apiVersion: v2\nname: child\nversion: 1.0.0\n',
  'charts/child/values.yaml': 'name: small\n',
  'charts/child/templates/_helpers.tpl':
    '{{- define "name" }}child{{ end }}{{ define "own" }}own of {{ .Chart.Name }}{{ end }}',
  'charts/child/templates/map.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: child}
data:
  own: {{ tpl "{{ include \\"own\\" . }} {{ .Values.name }} {{ include \\"name\\" . }}" . | quote }}
`,
  'charts/kit/Chart.yaml': 'apiVersion: v2\nname: kit\nversion: 1.0.0\ntype: library\n',
  'charts/kit/templates/_kit.tpl': '{{ define "kit" }}kit of {{ .Chart.Name }}{{ end }}',
  'charts/kit/templates/none.yaml': '{{ define "name" }}never{{ end }}',
}

/** Template expressions, each with what Helm makes of it. */
const TEXTS: Readonly<Record<string, string>> = {
  'a text without braces': 'tpl "plain {text} <no value>" .',
  'values that are not there': 'tpl "{{ .Values.none }}-{{ .Values.empty }}-{{ .Values.none | default `d` }}" .',
  'a text twice with other values': `print (tpl "{{ .a }}" (dict "a" 1)) (tpl "{{ .a }}" (dict "a" 2))`,
  'another template of the chart': 'tpl "{{ include `name` . }} {{ include `deep` . }} {{ include `kit` . }}" .',
  'a template by its file': 'tpl "{{ include (print $.Template.BasePath `/other.yaml`) . }}" .',
  'a text within a text': 'tpl .Values.nested .',
  'a definition that is known within its text alone':
    'print (tpl "{{ define `name` }}mine{{ end }}{{ include `name` . }}" .) (include "name" .)',
  'a definition, then a text within that uses it':
    'tpl "{{ define `mine` }}{{ .Values.name }}!{{ end }}{{ tpl `{{ include \\"mine\\" . }}` . }}" .',
  'a definition that replaces what others include': 'tpl "{{ define `name` }}mine{{ end }}{{ include `deep` . }}" .',
  'a block': 'tpl "{{ block `box` . }}{{ .Values.name }}{{ end }}" .',
  'nothing but a definition': 'tpl "{{ define `x` }}y{{ end }}" . | len',
  'comments and trimming': 'tpl "a  {{- /* none */ -}}  b{{- with .Values.name }} {{ . }}{{ end }}" .',
  'variables and loops': 'tpl "{{ $x := 1 }}{{ range until 3 }}{{ $x = add $x . }}{{ end }}{{ $x }}" .',
  'the root of values': 'tpl "{{ $.Values.name }} {{ .Release.Name }} {{ .Template.Name }}" $',
  'values of another type': 'print (tpl "{{ . }}" 5) (tpl "{{ index . 1 }}" (list 1 2))',
}

const ERRORS: Readonly<Record<string, string>> = {
  'a text that is no template': 'tpl "{{ if }}" .',
  'a function that is not there': 'tpl "{{ nothing . }}" .',
  'a template that is not there': 'tpl "{{ include `nowhere` . }}" .',
  'what is required': 'tpl "{{ required `say its name` .Values.none }}" .',
  'a failure in a definition': 'tpl "{{ define `x` }}{{ fail `no` }}{{ end }}{{ include `x` . }}" .',
  'a template that includes itself by a text':
    'tpl "{{ define `x` }}{{ include `x` . }}{{ end }}{{ include `x` . }}" .',
  'a definition that another text made':
    'print (tpl "{{ define `mine` }}1{{ end }}" .) (tpl "{{ include `mine` . }}" .)',
}

let folders = 0
async function chartWith(expression: string) {
  const path = `tpl-${folders++}`
  const files = {
    ...CHART,
    'templates/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: parent}\ndata:\n  text: {{ ${expression} | toString | quote }}\n`,
  }
  const tree = await repository.commit(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${path}/${name}`, text])),
  )
  return { tree, path }
}

const template = (path: string) =>
  run(toolPath('helm'), ['template', 'shop', join(repository.folder, path), '-n', 'shop'])

for (const [what, expression] of Object.entries(TEXTS))
  test(`${what}: as helm evaluates it`, { skip: skipWithout('helm') }, async () => {
    const source = await chartWith(expression)
    const { stdout } = await template(source.path)
    assert.deepEqual(objectsOf(render([source])), objectsOfText(stdout))
  })

for (const [what, expression] of Object.entries(ERRORS))
  test(`${what}: helm's own error`, { skip: skipWithout('helm') }, async () => {
    const source = await chartWith(expression)
    const told = await template(source.path).then(
      () => assert.fail('helm renders it'),
      (error: { readonly stderr: string }) => error.stderr,
    )
    const { code, message } = renderFailure([source])
    assert.equal(code, 'GDE_RENDER_HELM')
    assert.ok(told.includes(message), `helm: ${told}\nhere: ${message}`)
  })

test('many different texts are evaluated, whether they are kept or not', async () => {
  const loop = 'range $i := until 300 }}{{ tpl (printf "{{/* %s */}}%d." (repeat 8000 "x") $i) $ }}{{ end'
  const tree = await repository.commit({
    'many/Chart.yaml': 'apiVersion: v2\nname: many\nversion: 1.0.0\n',
    'many/templates/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: many}\ndata:\n  once: "{{ ${loop} }}"\n  again: "{{ ${loop} }}"\n`,
  })
  const expected = Array.from({ length: 300 }, (_, index) => `${index}.`).join('')
  assert.deepEqual(dataOf(render([{ tree, path: 'many' }])), { once: expected, again: expected })
})
