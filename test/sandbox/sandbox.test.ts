import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import { type Call, caller, filesOf, NO_FILES, testModule } from './test-sandbox.ts'

let call: Call
before(async () => {
  call = caller(await testModule())
})

function failureOf(work: () => unknown): Failure {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error))
    return error.failure
  }
  return assert.fail('it did not fail')
}

/** A chart with one template. */
function chart(template: string) {
  return filesOf({
    'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'templates/x.yaml': template,
  })
}

function helmInput(more: object = {}) {
  return {
    source: 0,
    path: '',
    releaseName: 'r',
    namespace: 'n',
    kubeVersion: '1.36.0',
    apiVersions: [],
    values: {},
    ...more,
  }
}

function firstData(template: string, seed: number, time = 0): unknown {
  const files = chart(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {v: ${template}}\n`)
  const { output } = call('helm', helmInput(), files, { seed, time })
  const objects: unknown = output.objects
  assert.ok(Array.isArray(objects))
  return objects[0].object.data.v
}

test('running out of memory is an error, and the next call has a new instance', () => {
  const greedy = chart('{{ $s := "x" }}{{ range until 40 }}{{ $s = print $s $s }}{{ end }}')
  const failure = failureOf(() => call('helm', helmInput(), greedy))
  assert.equal(failure.code, 'GDE_RENDER_CRASHED')
  assert.match(failure.message, /out of memory/)
  assert.deepEqual(call('yaml', { text: 'a: 1' }).output, { value: { a: 1 } })
})

test('a recursion without end is an error, and the next call has a new instance', () => {
  const files = filesOf({ 'x.jsonnet': 'local f(x) = [f(x + 1)]; f(0)' })
  const failure = failureOf(() => call('jsonnet', { source: 0, file: 'x.jsonnet' }, files))
  assert.match(failure.code, /^GDE_RENDER_(?:JSONNET|CRASHED)$/)
  assert.deepEqual(call('yaml', { text: 'a: 1' }).output, { value: { a: 1 } })
})

test('randomness is that of the seed', () => {
  for (const template of [
    '{{ randAlphaNum 12 }}',
    '{{ uuidv4 }}',
    '{{ randInt 0 1000000000 | quote }}',
    '{{ shuffle "abcdefghijkl" }}',
  ]) {
    assert.equal(firstData(template, 1), firstData(template, 1), template)
    assert.notEqual(firstData(template, 1), firstData(template, 2), template)
  }
})

test('the clock is that of the environment', () => {
  assert.equal(
    firstData('{{ now | date "2006-01-02 15:04" | quote }}', 1, Date.UTC(2020, 4, 6, 7, 8)),
    '2020-05-06 07:08',
  )
})

test('time zones are known although there is no file system', () => {
  assert.equal(
    firstData('{{ dateInZone "15:04 MST" (toDate "2006-01-02" "2026-07-01") "Europe/Berlin" | quote }}', 1),
    '02:00 CEST',
  )
})

test('what draws on randomness, the clock or the order of a map says so', () => {
  const uses = (template: string): boolean => {
    const files = chart(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {v: ${template}}\n`)
    return call('helm', helmInput({ values: { files: [{ name: 'v', text: 'm: {a: 1, b: 2}' }] } }), files)
      .usedEnvironment
  }
  assert.equal(uses('{{ .Values.m | toJson | quote }}'), false)
  assert.equal(uses('{{ date "2006" 0 | quote }}'), false)
  for (const template of [
    '{{ now | quote }}',
    '{{ randAlpha 3 }}',
    '{{ uuidv4 }}',
    '{{ keys .Values.m | first }}',
    '{{ htmlDate "x" }}',
  ])
    assert.equal(uses(template), true, template)
})

test('there is no environment, no file system and no network', () => {
  assert.match(failureOf(() => firstData('{{ env "HOME" }}', 1)).message, /function "env" not defined/)
  assert.equal(firstData('{{ getHostByName "localhost" | quote }}', 1), '')
  const jsonnet = filesOf({ 'x.jsonnet': 'importstr "/etc/passwd"', 'y.jsonnet': 'importstr "../../../etc/passwd"' })
  for (const file of ['x.jsonnet', 'y.jsonnet'])
    assert.match(failureOf(() => call('jsonnet', { source: 0, file }, jsonnet)).message, /outside the repository/)
})

test('what the host throws is what the call throws, whatever Go makes of it', () => {
  const refusal = new CodedError('GDE_TOO_LARGE', 'too much')
  const files = {
    ...NO_FILES,
    list: () => {
      throw refusal
    },
  }
  assert.throws(() => call('helm', helmInput(), files), refusal)
  assert.deepEqual(call('yaml', { text: 'a: 1' }).output, { value: { a: 1 } })
})

test('text in any language goes in and comes out unharmed', () => {
  assert.deepEqual(call('yaml', { text: 'ключ: "значение <&> 😀"' }).output, { value: { ключ: 'значение <&> 😀' } })
})

test('a megabyte goes in and comes out', () => {
  const text = 'x'.repeat(1_000_000)
  assert.deepEqual(call('yaml', { text: `a: ${text}` }).output, { value: { a: text } })
})
