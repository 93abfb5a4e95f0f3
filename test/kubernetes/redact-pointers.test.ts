import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { redactPointers } from '../../src/kubernetes/redact-pointers.ts'
import { isRedacted, redactValue } from '../../src/kubernetes/redaction.ts'

const KEY = Buffer.alloc(32, 3)
const object = (data: unknown) =>
  asKubernetesObject(JSON.parse(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data })))

test('values at pointers are hashed, and nothing else', () => {
  const { data, metadata } = redactPointers(
    object({ 'a/b': 'secret', plain: 'seen', list: [{ v: 'x' }, { v: 'y' }], number: 5 }),
    ['/data/a~1b', '/data/list/1/v', '/data/number', '/data/absent/deeper', '/data/plain/deeper'],
    KEY,
    'item',
  )
  assert.deepEqual(metadata, { name: 'a' })
  assert.deepEqual(data, {
    'a/b': redactValue('secret', KEY),
    plain: 'seen',
    list: [{ v: 'x' }, { v: redactValue('y', KEY) }],
    number: redactValue(5, KEY),
  })
  assert.notEqual(redactValue(5, KEY), redactValue('5', KEY))
})

test('of a list all items are hashed alike where two sides are compared', () => {
  const sides = [
    [
      { name: 'a', value: 'x' },
      { name: 'b', value: 'y' },
    ],
    [
      { name: 'b', value: 'y' },
      { name: 'a', value: 'x' },
    ],
  ].map((env) => redactPointers(object({ env }), ['/data/env/0/value'], KEY, 'all').data)
  const [x, y] = [redactValue('x', KEY), redactValue('y', KEY)]
  assert.deepEqual(sides, [
    {
      env: [
        { name: 'a', value: x },
        { name: 'b', value: y },
      ],
    },
    {
      env: [
        { name: 'b', value: y },
        { name: 'a', value: x },
      ],
    },
  ])
})

test('what declares nothing stays, and hashing twice changes nothing', () => {
  const once = redactPointers(
    object({ none: null, empty: '', v: 'x' }),
    ['/data/none', '/data/empty', '/data/v'],
    KEY,
    'item',
  )
  assert.deepEqual(once.data, { none: null, empty: '', v: redactValue('x', KEY) })
  assert.deepEqual(redactPointers(once, ['/data/v'], KEY, 'all'), once)
  assert.ok(isRedacted(redactValue('x', KEY)))
})
