import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { type KubeApiServer, startKubeApiServer } from '../../test/servers/kube-apiserver.ts'
import { appName, appObjects } from './app-objects.ts'

/** Answers of a real API server that holds the objects of `apps` apps, by path; those of discovery also by what was accepted. */
export interface Recording {
  readonly fixed: Readonly<Record<string, { readonly type: string; readonly body: string }>>
  readonly lists: Readonly<Record<string, RecordedList>>
}

export interface RecordedList {
  readonly apiVersion: string
  readonly kind: string
  readonly items: readonly JsonObject[]
}

const CACHE = join(import.meta.dirname, '../../.cache')
export const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
export const DEPLOYMENTS = '/apis/apps/v1/deployments'
const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const NETWORKING = '/apis/networking.k8s.io/v1'
const LISTS = [
  ...[DEPLOYMENTS, '/api/v1/services', '/api/v1/configmaps', '/api/v1/serviceaccounts', '/api/v1/namespaces'],
  ...[`${RBAC}/roles`, `${RBAC}/rolebindings`, '/apis/policy/v1/poddisruptionbudgets'],
  ...[`${NETWORKING}/ingresses`, `${NETWORKING}/networkpolicies`],
]
/** As Argo CD applies. */
const MANAGER = 'argocd-controller'

/** Makes the recording where it is not made yet. @returns its folder */
export async function ensureRecording(apps: number): Promise<string> {
  const hash = createHash('sha256')
    .update(JSON.stringify([appObjects(1), LISTS, apps]))
    .digest('hex')
  const folder = join(CACHE, `fleet-${hash.slice(0, 16)}`)
  if (existsSync(join(folder, 'recording.json'))) return folder
  await mkdir(folder, { recursive: true })
  await using server = await startKubeApiServer()
  const recording = await record(server, apps)
  const draft = join(folder, 'recording.json.new')
  await writeFile(draft, JSON.stringify(recording))
  await rename(draft, join(folder, 'recording.json'))
  return folder
}

export async function readRecording(folder: string): Promise<Recording> {
  return JSON.parse(await readFile(join(folder, 'recording.json'), 'utf8'))
}

async function record(server: KubeApiServer, apps: number): Promise<Recording> {
  for (let index = 0; index < apps; index += 1) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: appName(index) } }
    await server.admin.request('POST', '/api/v1/namespaces', namespace)
    await Promise.all(appObjects(index).map((object) => server.admin.apply(object, MANAGER)))
  }
  const dispatcher = new Agent({ connect: { ca: server.caData }, keepAliveTimeout: 1000 })
  const get = async (path: string, accept = 'application/json') => {
    const headers = { authorization: `Bearer ${server.adminToken}`, accept }
    const answer = await request(`${server.url}${path}`, { headers, dispatcher })
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`)
    return { type: String(answer.headers['content-type']), body: await answer.body.text() }
  }
  const fixed: Record<string, { type: string; body: string }> = {}
  for (const path of ['/version', '/api', '/apis', '/api/v1', '/openapi/v3', '/api/v1/namespaces/kube-system'])
    fixed[path] = await get(path)
  for (const path of ['/api', '/apis']) fixed[`${path}#aggregated`] = await get(path, AGGREGATED_TYPE)
  for (const path of documentPaths(JSON.parse(fixed['/openapi/v3']?.body ?? 'null'))) fixed[path] = await get(path)
  const lists: Record<string, RecordedList> = {}
  for (const path of LISTS) lists[path] = JSON.parse((await get(path)).body)
  return { fixed, lists }
}

function documentPaths(index: Json): readonly string[] {
  if (!isJsonObject(index) || !isJsonObject(index.paths)) throw new TypeError('no index of OpenAPI documents')
  return Object.values(index.paths).map((entry) => {
    const path = isJsonObject(entry) ? entry.serverRelativeURL : undefined
    if (typeof path !== 'string') throw new TypeError('an OpenAPI document has no path')
    return path
  })
}
