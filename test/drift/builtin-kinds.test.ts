import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compareObject } from '../../src/drift/compare-object.ts'
import { builtinKinds, builtinSchemas } from '../../src/kubernetes/builtin/table.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { redactObject } from '../../src/kubernetes/redaction.ts'
import type { SchemaField, SchemaNode } from '../../src/kubernetes/schema/node.ts'
import type { SchemaIndex } from '../../src/kubernetes/schema/schema-index.ts'
import { readYamlDocuments } from '../../src/kubernetes/serialization/yaml.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import type { KubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'
import { policyOf } from './judge-case.ts'
import { applyServerSide, createClientSide, readLive, startBefore } from './real-cluster.ts'

const options = { skip: skipWithout('etcd', 'kube-apiserver') }
const FOLDER = join(import.meta.dirname, 'cases/builtin-kinds')
const REDACTION_KEY = new Uint8Array(32)

let server: KubeApiServer
let schemas: SchemaIndex

startBefore(options.skip, (started, itsSchemas) => {
  server = started
  schemas = itsSchemas
})

/** The manifests under other names, so that two manners of applying do not meet. */
function manifests(file: string, prefix: string): readonly KubernetesObject[] {
  const text = readFileSync(join(FOLDER, file), 'utf8')
    .replaceAll(/\b(minimal|rich)/g, `${prefix}$1`)
    .replaceAll('192.0.2.1 ', prefix === '' ? '192.0.2.1 ' : '192.0.2.2 ')
    .replaceAll('30023', prefix === '' ? '30023' : '30024')
    .replaceAll('10.200.0.0', prefix === '' ? '10.200.0.0' : '10.201.0.0')
  return readYamlDocuments(text).flatMap(({ value }) => (value === null ? [] : [asKubernetesObject(value)]))
}

async function unclean(
  objects: readonly KubernetesObject[],
  manager: string,
  apply: (server: KubeApiServer, object: KubernetesObject, manager: string) => Promise<void>,
): Promise<readonly string[]> {
  const found: string[] = []
  for (const object of objects) {
    await apply(server, object, manager)
    const live = redactObject(await readLive(server, object), REDACTION_KEY)
    const desired = redactObject(object, REDACTION_KEY)
    for (const [name, index] of Object.entries({ server: schemas, table: builtinSchemas() })) {
      const verdict = compareObject({ desired, live, schemas: index, policy: policyOf(manager) })
      const differences = verdict.differences.map((difference) => `${difference.class} ${difference.path}`)
      const subject = `${object.kind} ${object.metadata.name} (${name})`
      found.push(...[...differences, ...(verdict.invalidFields ?? [])].map((text) => `${subject}: ${text}`))
    }
  }
  return found
}

for (const file of ['minimal.yaml', 'rich.yaml']) {
  test(`${file} applied by the server is in sync`, options, async () => {
    assert.deepEqual(await unclean(manifests(file, ''), 'kustomize-controller', applyServerSide), [])
  })

  test(`${file} applied by a client is in sync`, options, async () => {
    assert.deepEqual(await unclean(manifests(file, 'c-'), 'argocd-controller', createClientSide), [])
  })
}

test('the manifests hold every kind that can be written', () => {
  const written = new Set(['minimal.yaml', 'rich.yaml'].flatMap((file) => manifests(file, '')).map(({ kind }) => kind))
  const known = builtinKinds().filter(({ versions }) => versions.includes('v1') || versions.includes('v2'))
  assert.deepEqual(
    known.flatMap(({ kind }) => (written.has(kind) ? [] : [kind])),
    [],
  )
})

test('the built-in table says what the server says', options, () => {
  const table = builtinSchemas()
  const differing = builtinKinds().flatMap(({ group, kind, versions }) =>
    versions.flatMap((version) => {
      const ofServer = schemas.kind(group, version, kind)
      const ofTable = table.kind(group, version, kind)
      // Alpha and beta versions are not served unless asked for.
      if (ofServer === undefined || ofTable === undefined) return []
      const [left, right] = [shape(ofServer), shape(ofTable)]
      return JSON.stringify(left) === JSON.stringify(right) ? [] : [`${kind} ${version}`]
    }),
  )
  assert.deepEqual(differing, [])
})

/** All that comparing knows of a node; recursive types are listed once. */
function shape(node: SchemaNode, inside: readonly string[] = []): unknown {
  switch (node.type) {
    case 'scalar':
      return node.scalar
    case 'any':
      return 'any'
    case 'list':
      return [node.list, node.keys, shapeOfField(node.item, inside)]
    case 'object': {
      if (inside.includes(node.name) && node.name !== '') return node.name
      const below = [...inside, node.name]
      const fields = [...node.fields].map(([name, field]) => [name, shapeOfField(field, below)]).sort()
      return [node.atomic, fields, node.values === undefined ? null : shapeOfField(node.values, below)]
    }
    default:
      return node satisfies never
  }
}

function shapeOfField({ node, keepsZero, default: fallback }: SchemaField, inside: readonly string[]): unknown {
  return [shape(node, inside), keepsZero, fallback]
}
