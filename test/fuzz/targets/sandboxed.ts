import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import fc from '../../fast-check.ts'
import { ENVIRONMENT, filesOf, NO_FILES, testModule } from '../../sandbox/test-sandbox.ts'
import { nearly } from '../broken-text.ts'
import { type FuzzTarget, refusedOr } from '../target.ts'

const OBJECT = { metadata: { name: 'x' }, spec: { replicas: 1, list: [{ name: 'a' }, { name: 'b', ports: [1, 2] }] } }
const JQ = [
  '.spec',
  '.spec.list[]',
  '.[]?',
  '| select(.name == "a")',
  '| .ports',
  '..',
  '| keys',
  '[0]',
  '[1:]',
  '//',
  'not',
  '| tostring',
  '| test("a+")',
  '"\\(.)"',
  'error',
  '$__loc__',
  'input',
  'env',
  '| @base64d',
  '| to_entries',
  '-',
  '1/0',
  '.a.b.c',
]

/** Expressions lead somewhere or say why not, each for itself; the instance is never lost. What loops is killed with its thread. */
export const jq: FuzzTarget = {
  name: 'jq',
  shortRuns: 200,
  async prepare() {
    const sandbox = createSandbox(await testModule())
    const expression = nearly(
      fc.array(fc.constantFrom(...JQ), { maxLength: 4 }).map((all) => all.join(' ')),
      JQ,
    )
    return fc.property(expression, (text) => {
      const input = Buffer.from(JSON.stringify({ object: OBJECT, expressions: [text] }))
      refusedOr(/^GDE_JQ_INVALID$/, () => sandbox.call('jq', input, NO_FILES, ENVIRONMENT))
    })
  },
}

const TEMPLATE = [
  '{{ ',
  ' }}',
  '{{- ',
  '.Values.m',
  'include "a" .',
  'toYaml',
  '| quote',
  '| nindent 2',
  'range $k, $v := .Values.m',
  'end',
  'if',
  'else',
  'with',
  'define "a"',
  'tpl "{{ . }}" .',
  'index .Values.l 9',
  'fromYaml "a: ["',
  'printf "%d" "a"',
  'required "x" nil',
  'fail "y"',
  'lookup "v1" "Secret" "" ""',
  'b64dec "%"',
  'regexMatch "(" ""',
  'dict "a"',
  'a: b\n',
  '---\n',
  '\n',
]

/** Templates render or fail with a code of Helm or YAML; the instance is never lost. */
export const templates: FuzzTarget = {
  name: 'templates',
  shortRuns: 100,
  async prepare() {
    const sandbox = createSandbox(await testModule())
    const text = nearly(
      fc.array(fc.constantFrom(...TEMPLATE), { maxLength: 10 }).map((all) => all.join('')),
      TEMPLATE,
    )
    return fc.property(text, (template) => {
      const files = filesOf({
        'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
        'c/values.yaml': 'm: {a: 1}\nl: [1]\n',
        'c/templates/a.yaml': template,
      })
      refusedOr(/^GDE_(?:RENDER_HELM|RENDER_YAML|RENDER_OBJECT|TOO_LARGE)$/, () =>
        sandbox.call('helm', Buffer.from(JSON.stringify(HELM)), files, ENVIRONMENT),
      )
    })
  },
}

const HELM = {
  source: 0,
  path: 'c',
  releaseName: 'r',
  namespace: 'n',
  kubeVersion: '1.36.0',
  apiVersions: [],
  values: {},
}
