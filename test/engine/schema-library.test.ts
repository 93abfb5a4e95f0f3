import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSchemaLibrary } from '../../src/engine/live/schemas.ts'
import type { OpenApiDocument } from '../../src/model/clusters/cluster.ts'

const NEVER = new AbortController().signal
const WIDGET = { group: 'example.com', version: 'v1', kind: 'Widget' }

function documentWith(field: string) {
  const properties = { [field]: { type: 'string' } }
  const widget = { type: 'object', properties, 'x-kubernetes-group-version-kind': [WIDGET] }
  return { openapi: '3.0.0', components: { schemas: { widget } } }
}

function published(field: string, isProven: boolean) {
  const reads = { count: 0 }
  const found: OpenApiDocument = {
    hash: 'H',
    async read() {
      reads.count += 1
      await new Promise((resolve) => setImmediate(resolve))
      return { document: documentWith(field), isProven }
    },
  }
  return { found, reads }
}

test('clusters that publish one document have it read once, also when they ask at the same time', async () => {
  const library = createSchemaLibrary()
  const { found, reads } = published('size', true)
  const all = await Promise.all([1, 2, 3].map(() => library.get(found, NEVER)))
  assert.equal(reads.count, 1)
  assert.ok(all.every((index) => index === all[0]))
})

test('a document that is not what its hash says is its own cluster’s alone', async () => {
  const library = createSchemaLibrary()
  const liar = await library.get(published('forged', false).found, NEVER)
  const honest = await library.get(published('size', true).found, NEVER)
  assert.ok(liar.kind('example.com', 'v1', 'Widget')?.fields.has('forged'))
  assert.deepEqual([...(honest.kind('example.com', 'v1', 'Widget')?.fields.keys() ?? [])], ['size'])
})

test('a cluster whose document cannot be read keeps no other from reading its own', async () => {
  const library = createSchemaLibrary()
  const broken: OpenApiDocument = { hash: 'H', read: () => Promise.reject(new Error('gone')) }
  const { found } = published('size', true)
  const [failed, index] = await Promise.allSettled([library.get(broken, NEVER), library.get(found, NEVER)])
  assert.equal(failed.status, 'rejected')
  assert.equal(index.status, 'fulfilled')
})
