import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CodedError } from '../../src/model/failure.ts'
import type { SandboxFunction } from '../../src/model/sources/sandbox.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import { ENVIRONMENT, filesOf, testModule } from './test-sandbox.ts'

/**
 * What upstream's errors quote of their input: each is given a value in a place where the error would repeat it. What is named (files, objects, keys)
 * stays in the message.
 */
const VALUE = 'S3cret/Value+1'
const sandbox = createSandbox(await testModule())

function messageOf(fn: SandboxFunction, input: unknown, texts: Readonly<Record<string, string>>): string | undefined {
  try {
    sandbox.call(fn, Buffer.from(JSON.stringify(input)), filesOf(texts), ENVIRONMENT)
  } catch (error) {
    if (error instanceof CodedError) return error.failure.message
    throw error
  }
  return undefined
}

function saidBy(...call: Parameters<typeof messageOf>): string {
  return messageOf(...call) ?? 'it does not fail'
}

const ARTIFACT = { source: 0, includes: [], ignore: null, submodules: false }
const flux = (own: object) => ({ artifact: ARTIFACT, path: './app', name: 'a', namespace: 't', spec: {}, ...own })
const secret = (data: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${data}\n`
const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}\n'

const KUSTOMIZATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a literal of a Secret without =': {
    'app/kustomization.yaml': `secretGenerator: [{name: g, literals: ['dsn=${VALUE}', forgotten]}]\n`,
  },
  'a literal of a ConfigMap without =': {
    'app/kustomization.yaml': `configMapGenerator:\n- name: g\n  literals:\n  - dsn=${VALUE}\n  - forgotten\n`,
  },
  'a literal that is alone': { 'app/kustomization.yaml': `secretGenerator: [{name: g, literals: ['${VALUE}']}]\n` },
  'a key that is there twice': {
    'app/kustomization.yaml': `secretGenerator: [{name: g, literals: ['a=${VALUE}', 'a=${VALUE}2']}]\n`,
  },
  'a patch of no kind': {
    'app/kustomization.yaml': `resources: [m.yaml]\npatches: [{patch: '{"stringData": {"p": "${VALUE}"}}'}]\n`,
    'app/m.yaml': MAP,
  },
  'a patch of several lines that has no target': {
    'app/kustomization.yaml': `resources: [m.yaml]\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Secret\n    metadata: {name: other}\n    stringData:\n      p: ${VALUE}\n`,
    'app/m.yaml': MAP,
  },
  'a JSON patch that fails': {
    'app/kustomization.yaml': `resources: [m.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |-\n    - {op: test, path: /data/a, value: "${VALUE}"}\n`,
    'app/m.yaml': MAP,
  },
  'a patch that is no YAML': {
    'app/kustomization.yaml': `resources: [m.yaml]\npatches:\n- patch: "${VALUE}: [ ${VALUE}"\n`,
    'app/m.yaml': MAP,
  },
  'a field of the wrong type': { 'app/kustomization.yaml': `secretGenerator: "${VALUE}"\n` },
  'a field that is not known': {
    'app/kustomization.yaml': `secretGenerators: [{name: g, literals: ["a=${VALUE}"]}]\n`,
  },
  'a replacement from a field that is none': {
    'app/kustomization.yaml': `resources: [s.yaml]\nreplacements: [{source: {kind: Secret, fieldPath: 'stringData.p', options: {delimiter: '/', index: 9}}, targets: [{select: {kind: Secret}, fieldPaths: [stringData.q]}]}]\n`,
    'app/s.yaml': secret(`stringData: {p: "${VALUE}", q: x}`),
  },
  'a var that is there twice': {
    'app/kustomization.yaml': `resources: [s.yaml]\nvars: [{name: A, objref: {kind: Secret, name: s, apiVersion: v1}, fieldref: {fieldpath: 'stringData[${VALUE}]'}}]\n`,
    'app/s.yaml': secret(`stringData: {p: "$(A)${VALUE}"}`),
  },
  'a resource that is no YAML': {
    'app/kustomization.yaml': 'resources: [s.yaml]\n',
    'app/s.yaml': secret(`stringData: {p: "${VALUE}" ${VALUE}: x}`),
  },
  'a resource without a kind': {
    'app/kustomization.yaml': 'resources: [s.yaml]\n',
    'app/s.yaml': `stringData: {p: "${VALUE}"}\n`,
  },
}

const WAYS = [
  ['kustomize', { source: 0, path: 'app', edits: {}, helm: { enabled: false } }],
  ['flux', flux({})],
] as const

for (const [what, texts] of Object.entries(KUSTOMIZATIONS))
  test(`kustomize quotes no value, neither on Argo CD's way nor on Flux's: ${what}`, () => {
    const messages = WAYS.map(([fn, input]) => messageOf(fn, input, texts))
    for (const message of messages) if (message !== undefined) assertHidden(message)
    // What Argo CD refuses Flux may take.
    assert.ok(messages[0] !== undefined)
  })

function assertHidden(message: string | undefined): void {
  assert.ok(message !== undefined, 'it does not fail')
  for (const part of [VALUE, 'S3cret', 'Value+1', Buffer.from(VALUE).toString('base64').slice(0, 12)])
    assert.ok(!message.includes(part), message)
}

const VARIABLE = ['$', '{P}'].join('')

test('substitution quotes no variable, whatever it makes of a manifest', () => {
  for (const [value, manifest] of [
    [`${VALUE}: x: [`, MAP.replace('a: b', `a: ${VARIABLE}`)],
    [`${VALUE}\n- x: [`, MAP.replace('a: b', `a: ${VARIABLE}`)],
    [`"${VALUE}`, MAP.replace('a: b', `a: "${VARIABLE}"`)],
    [`[${VALUE}]`, `apiVersion: v1\nkind: ConfigMap\nmetadata: ${VARIABLE}\n`],
    [`ConfigMap ${VALUE}, x: [`, `apiVersion: v1\nkind: ${VARIABLE}\nmetadata: {name: m}\n`],
  ] as const) {
    const postBuild = { variables: [{ values: { P: value }, secret: true }], always: false, strict: false }
    assertHidden(messageOf('flux', flux({ postBuild }), { 'app/a.yaml': manifest }))
  }
})

const CHART = { 'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n' }
const helm = (own: object) => ({
  source: 0,
  path: 'c',
  releaseName: 'r',
  namespace: 'n',
  kubeVersion: '1.30.0',
  apiVersions: [],
  includeCrds: true,
  values: { set: [], setString: [], setFile: [], files: [] },
  ...own,
})

for (const [what, template] of Object.entries({
  fail: '{{ fail (printf "no %s" .Values.dsn) }}',
  required: '{{ required (printf "no %s" .Values.dsn) .Values.nothing }}',
  'a function of a template': '{{ atoi .Values.dsn | add1 }} {{ .Values.dsn | mustToDate "x" }}',
  'fail, in base64': '{{ fail (.Values.admin.password | b64enc) }}',
  'fail, of a part': '{{ fail (trunc 10 .Values.admin.password) }}',
  'YAML that is none': 'apiVersion: v1\nkind: Secret\nstringData: {{ .Values.dsn }}: {{ .Values.dsn }}',
}))
  test(`helm quotes no value: ${what}`, () => {
    const values = `dsn: ${VALUE}\nadmin:\n  password: ${VALUE}\n`
    assertHidden(messageOf('helm', helm({}), { ...CHART, 'c/values.yaml': values, 'c/templates/a.yaml': template }))
  })

test('helm says what a chart says itself', () => {
  const texts = {
    ...CHART,
    'c/values.yaml': 'mode: fast\n',
    'c/templates/a.yaml': '{{ fail (printf "mode must be one of slow, slower, not %s" .Values.mode) }}',
  }
  assert.match(saidBy('helm', helm({}), texts), /mode must be one of slow, slower, not fast$/)
})

for (const [what, source] of Object.entries({
  'an error': `local p = '${VALUE}'; error p`,
  'an error with a variable of outside': "error 'no ' + std.extVar('password')",
  'a text of the wrong type': `std.parseInt('${VALUE}')`,
  'JSON that is none': `std.parseJson('{"a": ${VALUE}')`,
  'a failed comparison': `std.assertEqual('${VALUE}', 'b')`,
  'a syntax error': `{ p: '${VALUE}' '${VALUE}' }`,
  'a syntax error in a text': `{ p: '${VALUE} }`,
  'an endless recursion': `local f(x) = f(x + '${VALUE}') + 'a'; f('')`,
}))
  test(`jsonnet quotes no value: ${what}`, () => {
    const input = { source: 0, file: 'a.jsonnet', libs: [], extVars: [{ name: 'password', value: VALUE }], tlas: [] }
    assertHidden(messageOf('jsonnet', input, { 'a.jsonnet': source }))
  })

test('jsonnet says what the code says itself', () => {
  const input = { source: 0, file: 'a.jsonnet', libs: [], extVars: [], tlas: [] }
  assert.match(saidBy('jsonnet', input, { 'a.jsonnet': "error 'replicas must be three'" }), /replicas must be three/)
})

test('what is named stays: files, objects, keys', () => {
  const missing = { 'app/kustomization.yaml': 'resources: [base-of-2/deployment-1.yaml]\n' }
  assert.match(
    saidBy('kustomize', { source: 0, path: 'app', edits: {}, helm: {} }, missing),
    /base-of-2\/deployment-1\.yaml/,
  )
  const twice = { 'app/kustomization.yaml': 'resources: [a1.yaml, b1.yaml]\n', 'app/a1.yaml': MAP, 'app/b1.yaml': MAP }
  assert.match(saidBy('kustomize', { source: 0, path: 'app', edits: {}, helm: {} }, twice), /ConfigMap.*\bm\b/s)
})

test('what a cluster serves is no value: words of an error that are a part of it stay', () => {
  const apiVersions = ['resource.k8s.io/v1', 'resource.k8s.io/v1/ResourceClaim', 'required.example.com/v1']
  const missing = { 'app/kustomization.yaml': 'resources: [nowhere.yaml]\n' }
  const kustomize = { source: 0, path: 'app', edits: {}, helm: { kubeVersion: '1.36.0', apiVersions } }
  assert.match(
    saidBy('kustomize', kustomize, missing),
    /accumulating resources:.*accumulating resources from 'nowhere\.yaml'/,
  )
  const texts = { ...CHART, 'c/templates/a.yaml': '{{ fail "a resource is required" }}' }
  assert.match(saidBy('helm', helm({ apiVersions }), texts), /a resource is required$/)
})

test('why something that lies elsewhere cannot be had is told whole, whatever words the files hold', () => {
  const reason = 'https://git.example.com/base at main: that is a loopback address'
  const files = filesOf({
    'app/kustomization.yaml': `resources: ["https://git.example.com/base?ref=main"]
secretGenerator: [{name: g, literals: ['dsn=loopback address']}]
`,
  })
  const refusing = { ...files, remote: () => ({ code: 'GDE_NOT_PERMITTED', message: reason }) as const }
  const input = Buffer.from(JSON.stringify(flux({})))
  assert.throws(
    () => sandbox.call('flux', input, refusing, ENVIRONMENT),
    ({ failure }: CodedError) => failure.code === 'GDE_NOT_PERMITTED' && failure.message.includes(reason),
  )
})
