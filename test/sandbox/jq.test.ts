import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Call, caller, testModule } from './test-sandbox.ts'

let call: Call
before(async () => {
  call = caller(await testModule())
})

function pathsOf(object: unknown, expression: string): unknown {
  const { output } = call('jq', { object, expressions: [expression] })
  assert.ok(Array.isArray(output.results))
  const { pointers, error } = output.results[0]
  return error === undefined ? pointers : { error }
}

const DEPLOYMENT = {
  metadata: { name: 'x', annotations: { 'a/b': '1', 'c~d': '2' } },
  spec: {
    replicas: 3,
    template: {
      spec: {
        containers: [
          { name: 'app', image: 'a' },
          { name: 'sidecar', image: 'b', env: [{ name: 'E' }] },
        ],
      },
    },
  },
}

test('a path expression gives JSON pointers to what it would delete', () => {
  assert.deepEqual(pathsOf(DEPLOYMENT, '.spec.replicas'), ['/spec/replicas'])
  assert.deepEqual(pathsOf(DEPLOYMENT, '.spec.template.spec.containers[] | select(.name == "sidecar") | .image'), [
    '/spec/template/spec/containers/1/image',
  ])
  assert.deepEqual(pathsOf(DEPLOYMENT, '.spec.template.spec.containers[].env[]?.name'), [
    '/spec/template/spec/containers/1/env/0/name',
  ])
  assert.deepEqual(pathsOf(DEPLOYMENT, '.metadata.annotations | .["a/b"], .["c~d"]'), [
    '/metadata/annotations/a~1b',
    '/metadata/annotations/c~0d',
  ])
})

test('slices and negative indexes give the items that they mean', () => {
  assert.deepEqual(pathsOf({ a: [1, 2, 3, 4] }, '.a[1:3]'), ['/a/1', '/a/2'])
  assert.deepEqual(pathsOf({ a: [1, 2, 3, 4] }, '.a[-1]'), ['/a/3'])
  assert.deepEqual(pathsOf({ a: [1, 2, 3, 4] }, '.a[-2:]'), ['/a/2', '/a/3'])
})

test('what is not there gives nothing', () => {
  assert.deepEqual(pathsOf(DEPLOYMENT, '.spec.paused'), [])
  assert.deepEqual(pathsOf(DEPLOYMENT, '.nothing.at.all[0].here'), [])
})

test('an expression that is wrong says why, and the others are answered', () => {
  const { output } = call('jq', { object: { a: 1 }, expressions: ['.a', '.a |', '.a) | (.b', '.a[]', '1 + 1', '.a'] })
  assert.ok(Array.isArray(output.results))
  const kinds = output.results.map((result: { error?: string; pointers: string[] }) => result.error === undefined)
  assert.deepEqual(kinds, [true, false, false, false, false, true])
})

test('integers beyond 2^53 compare exactly', () => {
  const object = '{"a": [{"n": 9007199254740993}, {"n": 9007199254740992}]}'
  const { output } = call('jq', `{"object": ${object}, "expressions": [".a[] | select(.n == 9007199254740992)"]}`)
  assert.deepEqual(output.results, [{ pointers: ['/a/1'] }])
})
