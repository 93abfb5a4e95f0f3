import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listItems } from '../../src/clusters/snapshot/list-items.ts'
import { readSnapshotDocuments } from '../../src/clusters/snapshot/parse-file.ts'
import { JOB_BYTES, ParsingBudget } from '../../src/kubernetes/serialization/parsing-budget.ts'
import { CodedError } from '../../src/model/failure.ts'

const ITEM = (name: string) => `- apiVersion: v1
  data:
    script: |
      #!/bin/sh

      - not an item
    folded: "one
      two"
  kind: ConfigMap
  metadata:
    name: ${name}
    namespace: shop
`
const END = `kind: List
metadata:
  resourceVersion: ""
`
const listOf = (...items: readonly string[]): string => `apiVersion: v1\nitems:\n${items.join('')}${END}`
const read = (text: string) => readSnapshotDocuments(Buffer.from(text), 'a.yaml').objects

test('a list that kubectl wrote is read item by item, and means the same', () => {
  const text = listOf(ITEM('a'), ITEM('b'))
  assert.equal(listItems(text)?.length, 2)
  // A comment at the margin is nothing that kubectl writes: so it is parsed as a whole.
  const whole = `# by hand\n${text}`
  assert.equal(listItems(whole), undefined)
  assert.deepEqual(read(text), read(whole))
  assert.deepEqual(
    read(text).map(({ metadata }) => metadata.name),
    ['a', 'b'],
  )
})

test('what refers to another place, or is no such list, is parsed as a whole', () => {
  for (const text of [
    listOf(ITEM('a'), '- &b\n  kind: X\n', '- *b\n'),
    listOf(ITEM('a').replace('data:', 'data: &data')),
    listOf(ITEM('a').replace('  kind:', '  list:\n  - &one 1\n  kind:')),
    listOf(ITEM('a')).replace('kind: List', 'kind: ConfigMapList'),
    `${listOf(ITEM('a'))}---\nkind: X\n`,
    `apiVersion: v1\nitems:\n${ITEM('a')}metadata:\n${ITEM('b')}kind: List\n`,
  ])
    assert.equal(listItems(text), undefined, text)
})

test('a fault is told with its line in the file', () => {
  const text = listOf(ITEM('a'), ITEM('b').replace('name: b', 'name: [b'))
  assert.throws(
    () => read(text),
    (error) =>
      error instanceof CodedError && (error.failure.line ?? 0) > 20 && error.failure.code === 'GDE_SNAPSHOT_READ',
  )
})

test('a dump of some megabytes has room where one document of that size has none', () => {
  const text = listOf(...Array.from({ length: 30_000 }, (_, index) => ITEM(`item-${index}`)))
  assert.ok(text.length > 5_000_000)
  const budget = new ParsingBudget(JOB_BYTES.large)
  assert.equal(budget.run(() => read(text)).length, 30_000)
  assert.throws(() => new ParsingBudget(JOB_BYTES.large).run(() => read(`# by hand\n${text}`)), {
    name: 'GDE_TOO_LARGE',
  })
})
