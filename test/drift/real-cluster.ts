import { after, before } from 'node:test'
import { builtinKinds } from '../../src/kubernetes/builtin/table.ts'
import { asKubernetesObject, groupVersion } from '../../src/kubernetes/object.ts'
import { compileSchemas, type OpenapiDocument } from '../../src/kubernetes/openapi/openapi.ts'
import { LAST_APPLIED } from '../../src/kubernetes/redaction.ts'
import type { SchemaIndex } from '../../src/kubernetes/schema/schema-index.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'

/** Starts an API server for the tests of one file, and stops it behind them; not where these are skipped. */
export function startBefore(
  skip: string | false,
  onStarted: (server: KubeApiServer, schemas: SchemaIndex) => void,
): void {
  let server: KubeApiServer | undefined
  before(async () => {
    if (skip !== false) return
    server = await startKubeApiServer()
    onStarted(server, await schemasOf(server))
  })
  after(async () => {
    await server?.close()
  })
}

/** URLs of the kind's collection and of the object, for built-in kinds. */
export function urlsOf(object: KubernetesObject): { readonly collection: string; readonly object: string } {
  const { group, version } = groupVersion(object.apiVersion)
  const kind = builtinKinds().find((one) => one.group === group && one.kind === object.kind)
  if (kind === undefined) throw new Error(`${object.kind} is not built in`)
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const namespace = kind.namespaced ? `/namespaces/${object.metadata.namespace}` : ''
  const collection = `${root}${namespace}/${kind.resource}`
  return { collection, object: `${collection}/${object.metadata.name}` }
}

/** Applies as Flux does. */
export async function applyServerSide(server: KubeApiServer, object: KubernetesObject, manager: string): Promise<void> {
  const query = `fieldManager=${manager}&force=true`
  await server.admin.request('PATCH', `${urlsOf(object).object}?${query}`, object, 'application/apply-patch+yaml')
}

/** Creates as `kubectl apply` and Argo CD do. */
export async function createClientSide(
  server: KubeApiServer,
  object: KubernetesObject,
  manager: string,
): Promise<void> {
  const annotations: JsonObject = isJsonObject(object.metadata.annotations) ? object.metadata.annotations : {}
  const recorded = { ...annotations, [LAST_APPLIED]: `${JSON.stringify(object)}\n` }
  const body = { ...object, metadata: { ...object.metadata, annotations: recorded } }
  await server.admin.request('POST', `${urlsOf(object).collection}?fieldManager=${manager}`, body)
}

export async function readLive(server: KubeApiServer, object: KubernetesObject): Promise<KubernetesObject> {
  return asKubernetesObject(await server.admin.request('GET', urlsOf(object).object))
}

/** A person's write with the given tool. */
export async function edit(
  server: KubeApiServer,
  object: KubernetesObject,
  patch: Json,
  manager = 'kubectl-edit',
): Promise<void> {
  const url = `${urlsOf(object).object}?fieldManager=${manager}`
  await server.admin.request('PATCH', url, patch, 'application/strategic-merge-patch+json')
}

/** All OpenAPI v3 documents of the server. */
async function openapiOf(server: KubeApiServer): Promise<readonly OpenapiDocument[]> {
  const { paths } = await server.admin.request('GET', '/openapi/v3')
  const documents: OpenapiDocument[] = []
  for (const [path, entry] of Object.entries(isJsonObject(paths) ? paths : {})) {
    const [, group = '', version] = /^(?:api|apis\/([^/]+))\/(v[^/]+)$/.exec(path) ?? []
    if (version === undefined || !isJsonObject(entry)) continue
    documents.push({ group, version, document: await server.admin.request('GET', String(entry.serverRelativeURL)) })
  }
  return documents
}

export async function schemasOf(server: KubeApiServer): Promise<SchemaIndex> {
  return compileSchemas(await openapiOf(server))
}
