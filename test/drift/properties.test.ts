import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareObject } from '../../src/drift/compare-object.ts'
import { builtinSchemas } from '../../src/kubernetes/builtin/table.ts'
import { groupVersion } from '../../src/kubernetes/object.ts'
import { redactObject } from '../../src/kubernetes/redaction.ts'
import type { SchemaField, SchemaNode } from '../../src/kubernetes/schema/node.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import fc from '../fast-check.ts'
import { type AccuracyCase, accuracySchemas, readAccuracyCases } from './accuracy-cases.ts'
import { policyOf } from './judge-case.ts'

const schemas = accuracySchemas()
const clean = readAccuracyCases().filter(({ group, live }) => group === 'clean' && live !== undefined)
const REDACTION_KEY = new Uint8Array(32)
const anyCase = fc.constantFrom(...clean)
const seeds = fc.infiniteStream(fc.nat())

function compare({ desired, live, app, manager }: AccuracyCase): ObjectVerdict {
  const redacted = live === undefined ? undefined : redactObject(live, REDACTION_KEY)
  return compareObject({
    desired: redactObject(desired, REDACTION_KEY),
    live: redacted,
    schemas: schemas(app),
    policy: policyOf(manager),
  })
}

function nodeOf({ desired, app }: AccuracyCase): SchemaNode {
  const { group, version } = groupVersion(desired.apiVersion)
  return schemas(app).kind(group, version, desired.kind) ?? { type: 'any', known: false }
}

/** Numbers below `limit`, drawn from the run's stream, so that a failure can be replayed. */
type Draw = (limit: number) => number

function drawFrom(stream: Iterator<number>): Draw {
  return (limit) => Number(stream.next().value) % limit
}

function withContent(object: KubernetesObject, change: (content: JsonObject) => JsonObject): KubernetesObject {
  const { apiVersion, kind, metadata, ...content } = object
  return { ...change(content), apiVersion, kind, metadata }
}

/** The same to the server, otherwise spelled: quantities, key order, and zero values that it drops. */
function respell(value: Json, field: SchemaField, draw: Draw): Json {
  const { node } = field
  if (node.type === 'scalar' && node.scalar === 'quantity') return respellQuantity(value, draw)
  if (node.type === 'scalar' && node.scalar === 'bytes' && typeof value === 'string')
    return draw(2) === 0 ? value : value.replace(/(.{4})/, '$1\n')
  if (Array.isArray(value))
    return value.map((item: Json) => (node.type === 'list' ? respell(item, node.item, draw) : item))
  if (!isJsonObject(value) || node.type !== 'object') return value
  const entries = Object.entries(value).map(([key, inner]): [string, Json] => {
    const below = node.fields.get(key) ?? node.values
    return [key, below === undefined ? inner : respell(inner, below, draw)]
  })
  for (const [key, absent] of node.fields)
    if (value[key] === undefined && !absent.keepsZero && draw(8) === 0) entries.push([key, zeroOf(absent.node)])
  return Object.fromEntries(shuffle(entries, draw))
}

function zeroOf(node: SchemaNode): Json {
  return node.type === 'list' ? [] : node.type === 'object' ? {} : null
}

function respellQuantity(value: Json, draw: Draw): Json {
  const text = String(value)
  if (/^\d+$/.test(text))
    return [text, Number(text), `${text}.0`, `${Number(text) * 1000}m`, `${text}e0`][draw(5)] ?? value
  if (/^\d+Mi$/.test(text)) return draw(2) === 0 ? text : `${Number.parseInt(text, 10) * 1024}Ki`
  if (/^\d+m$/.test(text)) return draw(2) === 0 ? text : String(Number.parseInt(text, 10) / 1000)
  return value
}

function shuffle<T>(items: readonly T[], draw: Draw): readonly T[] {
  const left = [...items]
  const shuffled: T[] = []
  while (left.length > 0) shuffled.push(...left.splice(draw(left.length), 1))
  return shuffled
}

test('an object equals itself under every respelling', () => {
  fc.assert(
    fc.property(anyCase, seeds, (one, stream) => {
      const draw = drawFrom(stream[Symbol.iterator]())
      const field: SchemaField = { node: nodeOf(one), keepsZero: true, default: undefined, rule: undefined }
      const desired = withContent(one.desired, (content) => {
        const spelled = respell(content, field, draw)
        const { metadata: _m, status: _s, apiVersion: _a, kind: _k, ...rest } = isJsonObject(spelled) ? spelled : {}
        return rest
      })
      assert.deepEqual(compare({ ...one, desired }).differences, [])
    }),
    { numRuns: 600 },
  )
})

interface Leaf {
  readonly path: string
  readonly value: Json
}

function leaves(value: Json, path: string): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => leaves(item, `${path}/${index}`))
  if (!isJsonObject(value)) return [{ path, value }]
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  )
}

function replace(value: Json, path: readonly string[], change: (value: Json) => Json): Json {
  const [head, ...rest] = path
  if (head === undefined) return change(value)
  if (Array.isArray(value))
    return value.map((item: Json, index) => (String(index) === head ? replace(item, rest, change) : item))
  if (!isJsonObject(value)) return value
  const key = head.replaceAll('~1', '/').replaceAll('~0', '~')
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === key ? replace(item, rest, change) : item]),
  )
}

function mutated(value: Json): Json {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  return `${value}-other`
}

test('every single mutation of a declared value is found at its path', () => {
  for (const one of clean) {
    const { apiVersion: _version, kind, metadata, status: _status, ...content } = one.desired
    // Its rules are the controller's.
    if (kind === 'ClusterRole' && isJsonObject(content.aggregationRule)) continue
    const labels = isJsonObject(metadata.labels) ? leaves(metadata.labels, '/metadata/labels') : []
    for (const leaf of [...leaves(content, ''), ...labels]) {
      // The service account's older name counts only where the newer one is not declared.
      if (leaf.value === null || leaf.path.endsWith('/serviceAccount')) continue
      const desired = replace(one.desired, leaf.path.split('/').slice(1), mutated)
      if (!isJsonObject(desired)) assert.fail('no object')
      const target = withContent(one.desired, () => desired)
      const { name } = metadata
      const { differences } = compare({
        ...one,
        desired: { ...target, metadata: { ...Object(desired.metadata), name } },
      })
      // A Secret's strings are data to the server.
      const path = leaf.path.replace(/^\/stringData(?=\/)/, '/data')
      assert.ok(
        differences.some((found) => path === found.path || path.startsWith(`${found.path}/`)),
        `${one.id}: ${path} is not among ${differences.map((found) => found.path).join(', ')}`,
      )
    }
  }
})

function shuffled(value: Json, draw: Draw): Json {
  if (Array.isArray(value)) return value.map((item: Json) => shuffled(item, draw))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(shuffle(Object.entries(value), draw).map(([key, item]) => [key, shuffled(item, draw)]))
}

test('the verdict does not depend on the order of keys', () => {
  const drifted = fc.constantFrom(...readAccuracyCases().filter(({ live }) => live !== undefined))
  fc.assert(
    fc.property(drifted, seeds, (one, stream) => {
      const draw = drawFrom(stream[Symbol.iterator]())
      const reorder = (object: KubernetesObject) => {
        const { apiVersion, kind, metadata, ...content } = object
        return { ...Object(shuffled(content, draw)), apiVersion, kind, metadata: Object(shuffled(metadata, draw)) }
      }
      const live = one.live === undefined ? undefined : reorder(one.live)
      assert.deepEqual(compare({ ...one, desired: reorder(one.desired), live }), compare(one))
    }),
    { numRuns: 400 },
  )
})

const kinds = fc.constantFrom(
  ['v1', 'ConfigMap'],
  ['v1', 'Service'],
  ['v1', 'Secret'],
  ['v1', 'Pod'],
  ['apps/v1', 'Deployment'],
  ['batch/v1', 'Job'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['example.com/v1', 'Widget'],
)
const keys = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    '~/',
    '',
    'spec',
    'data',
    'metadata',
    'labels',
    'annotations',
    'template',
    'containers',
    'ports',
    'rules',
    'kubectl.kubernetes.io/last-applied-configuration',
  ),
  fc.string(),
)
const anyJson = fc.letrec<{ readonly value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.constantFrom<Json>(null, true, false, 0, 1, '', '1', '{}', 12345678901234567890n),
    fc.string(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value
const anyObject = fc.record({
  content: fc.dictionary(keys, anyJson, { maxKeys: 6, noNullPrototype: true }),
  metadata: fc.dictionary(fc.oneof(keys, fc.constantFrom('managedFields', 'finalizers', 'ownerReferences')), anyJson, {
    maxKeys: 5,
    noNullPrototype: true,
  }),
})

test('any JSON is compared to its end, without an exception, and an object is in sync with itself', () => {
  fc.assert(
    fc.property(kinds, anyObject, anyObject, ([apiVersion = '', kind = ''], left, right) => {
      const make = ({ content, metadata }: typeof left): KubernetesObject => ({
        ...content,
        apiVersion,
        kind,
        metadata: { ...metadata, name: 'x' },
      })
      const input = { schemas: builtinSchemas(), policy: policyOf('kustomize-controller') }
      const verdict = compareObject({ ...input, desired: make(left), live: make(right) })
      assert.ok(verdict.differences.every(({ path }) => path.startsWith('/')))
      const same = compareObject({ ...input, desired: make(left), live: make(left) })
      assert.deepEqual(same.differences, [])
    }),
    { numRuns: 3000 },
  )
})
