import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { namesOf, render, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

let repository: TestRepository
before(async () => {
  await withSandbox()
  repository = await testRepository()
})
after(() => repository.remove())

async function chart(template: string) {
  const tree = await repository.commit({
    'chart/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'chart/values.yaml': 'map: {a: 1, b: 2, c: 3}\n',
    'chart/templates/x.yaml': template,
  })
  return { tree, path: 'chart' }
}

function map(name: string, fields: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n${fields}\n`
}

test('fields that change from rendering to rendering are named, the others are compared', async () => {
  const rendering = render([
    await chart(
      `${map('a', 'data: {fixed: x, "a/b": "{{ randAlphaNum 9 }}", time: "{{ now }}", id: "{{ uuidv4 }}"}')}---\n${map('b', 'data: {c: d}')}`,
    ),
  ])
  assert.deepEqual(
    rendering.objects.map(({ object, unstable }) => [object.metadata.name, unstable?.toSorted()]),
    [
      ['a', ['/data/a~1b', '/data/id', '/data/time']],
      ['b', undefined],
    ],
  )
  assert.deepEqual(rendering.warnings, [
    { code: 'GDE_RENDER_UNSTABLE', message: 'ConfigMap a have fields that change from rendering to rendering' },
  ])
})

test('what depends on the order of a Go map is such a field', async () => {
  const text = map(
    'a',
    'data: {first: "{{ keys .Values.map | first }}", all: "{{ keys .Values.map | sortAlpha | join "," }}"}',
  )
  assert.deepEqual(render([await chart(text)]).objects[0]?.unstable, ['/data/first'])
})

test('a random value of a Secret is one too, and stays redacted', async () => {
  const text =
    'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: "{{ randAlphaNum 20 }}", user: admin}\n'
  const [secret] = render([await chart(text)]).objects
  assert.deepEqual(secret?.unstable, ['/data/password'])
  assert.match(JSON.stringify(secret?.object), /"password":"redacted:/)
})

test('certificates that are made while rendering are such fields', async () => {
  const text = map(
    'a',
    `data:\n{{ $ca := genSelfSignedCert "x" nil nil 3 }}  cert: {{ $ca.Cert | b64enc }}\n  key: {{ $ca.Key | b64enc }}`,
  )
  assert.deepEqual(render([await chart(text)]).objects[0]?.unstable?.toSorted(), ['/data/cert', '/data/key'])
})

test('lists of another length differ as a whole', async () => {
  const text = map('a', 'spec: {{ until (int (randInt 1 99)) | toJson }}')
  assert.deepEqual(render([await chart(text)]).objects[0]?.unstable, ['/spec'])
})

test('an object with a random name cannot be compared, and a warning says so', async () => {
  const rendering = render([await chart(`${map('x-{{ randAlpha 5 | lower }}', '')}---\n${map('b', '')}`)])
  assert.deepEqual(
    rendering.objects.map(({ action }) => action),
    ['skip', 'apply'],
  )
  assert.match(rendering.warnings[0]?.message ?? '', /^ConfigMap x-[a-z]{5} have another name in each rendering/)
})

test('random names of hooks are nobody’s concern', async () => {
  const hook =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: "t-{{ randAlpha 5 }}", annotations: {"helm.sh/hook": test}}\n'
  assert.deepEqual(render([await chart(hook)]).warnings, [])
})

test('the same chart renders the same again, random values included', async () => {
  const source = await chart(
    map(
      'a',
      'data: {a: "{{ randAlphaNum 9 }}", b: "{{ randInt 0 1000000 }}", c: "{{ now }}", d: "{{ keys .Values.map }}"}',
    ),
  )
  const first = render([source])
  for (let round = 0; round < 5; round += 1) assert.deepEqual(render([source]).objects, first.objects)
  assert.deepEqual(namesOf(first), ['ConfigMap a'])
})
