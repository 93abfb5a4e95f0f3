import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { compareObject } from '../../src/drift/compare-object.ts'
import { builtinSchemas } from '../../src/kubernetes/builtin/table.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { redactObject } from '../../src/kubernetes/redaction.ts'
import { combineSchemas, type SchemaIndex } from '../../src/kubernetes/schema/schema-index.ts'
import { readYamlDocuments } from '../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'
import { policyOf } from './judge-case.ts'
import { schemasOf, urlsOf } from './real-cluster.ts'

/** The server itself is asked, by dry runs, what an apply or an edit would change; the verdict must be of the same mind. */
const options = { skip: skipWithout('etcd', 'kube-apiserver') }
const CASES = join(import.meta.dirname, 'cases')
const MANAGER = 'kustomize-controller'
const APPLY = `fieldManager=${MANAGER}&force=true`
const APPLY_TYPE = 'application/apply-patch+yaml'
const REDACTION_KEY = new Uint8Array(32)

let server: KubeApiServer
let schemas: SchemaIndex

before(async () => {
  if (options.skip !== false) return
  server = await startKubeApiServer()
  await server.admin.installCrds([join(CASES, 'custom-kinds/definition.yaml')])
  schemas = await servedSchemas()
})

after(async () => {
  await server?.close()
})

/** A new kind is in the server's OpenAPI documents a moment after it is served. */
async function servedSchemas(): Promise<SchemaIndex> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const served = await schemasOf(server)
    if (served.kind('example.com', 'v1', 'Whole') !== undefined) return combineSchemas(served, builtinSchemas())
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error('the custom kind is in no OpenAPI document')
}

/** What the server answers differs from what is stored there for reasons of its own: defaults of a new object, admission, tokens. */
const LEFT_OUT: ReadonlySet<string> = new Set(['CertificateSigningRequest', 'Node', 'Namespace', 'StatefulSet'])

function objects(file: string): readonly KubernetesObject[] {
  return readYamlDocuments(readFileSync(join(CASES, file), 'utf8')).flatMap(({ value }) => {
    const object = value === null ? undefined : asKubernetesObject(value)
    return object === undefined || LEFT_OUT.has(object.kind) ? [] : [object]
  })
}

function urlOf(object: KubernetesObject): string {
  const { namespace, name } = object.metadata
  return object.kind === 'Whole'
    ? `/apis/${object.apiVersion}/namespaces/${namespace}/wholes/${name}`
    : urlsOf(object).object
}

type Path = readonly (string | number)[]

/** Every place in what people declare. */
function places(object: JsonObject): readonly Path[] {
  return Object.entries(object).flatMap(([key, value]) => {
    if (['apiVersion', 'kind', 'status'].includes(key)) return []
    if (key !== 'metadata') return [[key], ...below(value, [key])]
    const { labels = null, annotations = null } = isJsonObject(value) ? value : {}
    return [...below(labels, [key, 'labels']), ...below(annotations, [key, 'annotations'])]
  })
}

function below(value: Json | undefined, path: Path): readonly Path[] {
  const children: readonly (readonly [string | number, Json | undefined])[] = Array.isArray(value)
    ? [...value.entries()]
    : isJsonObject(value)
      ? Object.entries(value)
      : []
  return children.flatMap(([step, child]) => [[...path, step], ...below(child, [...path, step])])
}

/** The value with what is at the path changed; `undefined` takes it out. */
function changed(value: Json, path: Path, change: (value: Json) => Json | undefined): Json | undefined {
  const [step, ...rest] = path
  if (step === undefined) return change(value)
  if (Array.isArray(value))
    return value.flatMap((item: Json, index) => (index === step ? (changed(item, rest, change) ?? []) : [item]))
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).flatMap(([key, item]): [string, Json][] => {
    const next = key === step ? changed(item, rest, change) : item
    return next === undefined ? [] : [[key, next]]
  })
  return Object.fromEntries(entries)
}

/** What counts of an object, in a fixed order of keys. */
function content({ apiVersion: _version, kind: _kind, status: _status, metadata, ...rest }: KubernetesObject): string {
  const { labels = {}, annotations = {} } = metadata
  return JSON.stringify({ ...rest, labels, annotations }, (_key, value) =>
    isJsonObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  )
}

/** What the server would make of the request; undefined when it refuses it. */
async function dryRun(
  method: 'PATCH' | 'PUT',
  object: KubernetesObject,
  query: string,
): Promise<KubernetesObject | undefined> {
  const type = method === 'PATCH' ? APPLY_TYPE : undefined
  try {
    return asKubernetesObject(await server.admin.request(method, `${urlOf(object)}?${query}&dryRun=All`, object, type))
  } catch {
    return undefined
  }
}

function differences(desired: KubernetesObject, live: KubernetesObject, known = schemas): readonly string[] {
  const verdict = compareObject({
    desired: redactObject(desired, REDACTION_KEY),
    live: redactObject(live, REDACTION_KEY),
    schemas: known,
    policy: policyOf(MANAGER),
  })
  return verdict.differences.map((difference) => `${difference.class} ${difference.path}`)
}

/** A sentence where the verdict and the server are not of one mind. */
function contradiction(at: string, isChanged: boolean, found: readonly string[]): readonly string[] {
  if (isChanged === found.length > 0) return []
  return [
    `${at}: ${isChanged ? 'the server says that it is changed' : `it is not changed, and reported is ${found.join()}`}`,
  ]
}

interface Outcome {
  readonly contradictions: readonly string[]
  readonly asked: number
}

async function overAll(
  file: string,
  ask: (object: KubernetesObject, live: KubernetesObject, path: Path) => Promise<readonly string[] | undefined>,
): Promise<Outcome> {
  const contradictions: string[] = []
  let asked = 0
  for (const object of objects(file)) {
    const url = urlOf(object)
    const { metadata } = object
    if (metadata.namespace !== undefined)
      await server.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: metadata.namespace } })
    await server.admin.request('PATCH', `${url}?${APPLY}`, object, APPLY_TYPE)
    const live = asKubernetesObject(await server.admin.request('GET', url))
    for (const path of places(object)) {
      const found = await ask(object, live, path)
      if (found === undefined) continue
      asked += 1
      contradictions.push(...found.map((text) => `${object.kind} ${metadata.name} /${path.join('/')} ${text}`))
    }
  }
  return { contradictions, asked }
}

function isKept(object: Json | undefined): object is JsonObject {
  return object !== undefined && isJsonObject(object)
}

/** Another value of the same type. */
function other(value: Json): Json {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  return typeof value === 'string' ? `${value}x` : value
}

for (const [file, atLeast] of [
  ['custom-kinds/objects.yaml', 80],
  ['builtin-kinds/rich.yaml', 250],
] as const) {
  test(`${file}: what Git drops is reported where an apply would change it, and nowhere else`, options, async () => {
    const { contradictions, asked } = await overAll(file, async (object, live, path) => {
      const without = changed(object, path, () => undefined)
      if (!isKept(without)) return undefined
      const desired = asKubernetesObject(without)
      const applied = await dryRun('PATCH', desired, APPLY)
      if (applied === undefined) return undefined
      return contradiction('dropped', content(applied) !== content(live), differences(desired, live))
    })
    assert.deepEqual(contradictions, [])
    assert.ok(asked >= atLeast, `${asked} were answered`)
  })

  test(`${file}: what a person changes or takes out is reported`, options, async () => {
    const { contradictions, asked } = await overAll(file, async (object, live, path) => {
      const found: string[] = []
      for (const change of [() => undefined, other]) {
        const edited = changed(live, path, change)
        if (!isKept(edited)) continue
        const after = await dryRun('PUT', asKubernetesObject(edited), 'fieldManager=kubectl-edit')
        if (after === undefined) continue
        found.push(...contradiction('edited', content(after) !== content(live), differences(object, after)))
      }
      return found
    })
    assert.deepEqual(contradictions, [])
    assert.ok(asked >= atLeast, `${asked} were answered`)
  })
}

test('custom resources are in sync with their schema and without it, less of each declared', options, async () => {
  const { contradictions, asked } = await overAll('custom-kinds/objects.yaml', async (object, _live, path) => {
    const without = changed(object, path, () => undefined)
    if (!isKept(without)) return undefined
    const desired = asKubernetesObject({ ...without, metadata: { ...object.metadata, name: 'less' } })
    const live = await dryRun('PATCH', desired, APPLY)
    if (live === undefined) return undefined
    return [schemas, builtinSchemas()].flatMap((known) =>
      differences(desired, live, known).map((text) => `without that: ${text}`),
    )
  })
  // Zero values that the server drops of an embedded object's metadata cannot be known without its schema.
  const isKnown = (text: string) => !text.endsWith('missing /spec/resource/metadata/labels')
  assert.deepEqual(contradictions.filter(isKnown), [])
  assert.ok(asked >= 80, `${asked} were answered`)
})
