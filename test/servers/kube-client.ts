import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { parseAllDocuments } from 'yaml'
import { printJson } from '../../src/kubernetes/serialization/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { at, listAt } from './http-json.ts'
import type { UserRights } from './kube-apiserver.ts'

/** Requests to a test server as admin: JSON in, JSON out, an error on every answer that is not 2xx. */
export interface AdminClient {
  request(method: string, path: string, body?: Json, contentType?: string): Promise<JsonObject>
  /** Server-side apply as `manager`; `apply` in the URL's terms of the object's own apiVersion and kind. */
  apply(object: JsonObject, manager?: string): Promise<JsonObject>
  /** Applies the CustomResourceDefinitions among the documents (text, files or folders) and waits until they are served. */
  installCrds(source: string | readonly string[] | readonly JsonObject[]): Promise<readonly string[]>
  /** Makes the ServiceAccount `default/{name}` with these rights; gives its token. */
  addUser(name: string, rights: UserRights): Promise<string>
}

const CRD_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const CRD_TRIES = 200
const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

export function createAdminClient(url: string, ca: string, token: string): AdminClient {
  // One agent for the life of the test process; keep-alive ends by itself, so nothing has to be closed.
  const dispatcher = new Agent({ connect: { ca }, keepAliveTimeout: 1000, headersTimeout: 30_000, bodyTimeout: 30_000 })

  const call = async (
    method: string,
    path: string,
    body?: Json,
    contentType = 'application/json',
    accept = 'application/json',
  ) => {
    const answer = await request(`${url}${path}`, {
      dispatcher,
      method: method as 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': contentType, accept },
      ...(body === undefined ? {} : { body: printJson(body) }),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`)
    const parsed: Json = JSON.parse(text)
    if (!isJsonObject(parsed)) throw new Error(`${method} ${path}: not an object`)
    return parsed
  }

  const apply = async (object: JsonObject, manager = 'test') => {
    const path = await objectPath(call, object)
    return call('PATCH', `${path}?fieldManager=${manager}&force=true`, object, 'application/apply-patch+yaml')
  }

  // Discovery lags behind the condition, and what clients read of it is put together later still.
  const established = async (name: string) => {
    for (let attempt = 0; attempt < CRD_TRIES; attempt++) {
      const crd = await call('GET', `${CRD_PATH}/${name}`)
      const isTrue = (type: string) =>
        listAt(crd, 'status', 'conditions').some((item) => at(item, 'type') === type && at(item, 'status') === 'True')
      if (isTrue('Established') && isDiscovered(crd, await call('GET', '/apis', undefined, undefined, AGGREGATED_TYPE)))
        return
      await sleep(50)
    }
    throw new Error(`the CRD ${name} was not established`)
  }

  return {
    request: call,
    apply,
    installCrds: async (source) => {
      const names: string[] = []
      for (const object of await definitions(source)) {
        const crd = await apply(object)
        if (isJsonObject(crd.metadata)) names.push(String(crd.metadata.name))
      }
      for (const name of names) await established(name)
      return names
    },
    addUser: async (name, rights) => {
      const subjects = [{ kind: 'ServiceAccount', name, namespace: 'default' }]
      const metadata = { name }
      await apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'default' } })
      const roleApi = 'rbac.authorization.k8s.io'
      if (rights.clusterRules !== undefined) {
        await call('POST', `${RBAC}/clusterroles`, { metadata, rules: toJson(rights.clusterRules) })
        await call('POST', `${RBAC}/clusterrolebindings`, {
          metadata,
          subjects,
          roleRef: { apiGroup: roleApi, kind: 'ClusterRole', name },
        })
      }
      for (const [namespace, rules] of Object.entries(rights.namespaceRules ?? {})) {
        await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
        await call('POST', `${RBAC}/namespaces/${namespace}/roles`, { metadata, rules: toJson(rules) })
        await call('POST', `${RBAC}/namespaces/${namespace}/rolebindings`, {
          metadata,
          subjects,
          roleRef: { apiGroup: roleApi, kind: 'Role', name },
        })
      }
      const answer = await call('POST', `/api/v1/namespaces/default/serviceaccounts/${name}/token`, { spec: {} })
      const status = answer.status
      if (!isJsonObject(status) || typeof status.token !== 'string') throw new Error('the server gave no token')
      return status.token
    },
  }
}

/** Readonly arrays of plain interfaces are JSON all the same; a round trip says so to the compiler. */
function toJson(value: object): Json {
  return JSON.parse(JSON.stringify(value))
}

/** Whether aggregated discovery has all that the CRD serves. */
function isDiscovered(crd: JsonObject, discovery: JsonObject): boolean {
  const group = listAt(discovery, 'items').find((item) => at(item, 'metadata', 'name') === at(crd, 'spec', 'group'))
  const plural = at(crd, 'spec', 'names', 'plural')
  const served = listAt(crd, 'spec', 'versions').filter((version) => at(version, 'served') === true)
  return served.every((version) => {
    const versions = group === undefined ? [] : listAt(group, 'versions')
    const found = versions.find((one) => at(one, 'version') === at(version, 'name'))
    return found !== undefined && listAt(found, 'resources').some((resource) => at(resource, 'resource') === plural)
  })
}

/** The URL of one object, its plural asked from the server's discovery. */
async function objectPath(
  call: (method: string, path: string) => Promise<JsonObject>,
  object: JsonObject,
): Promise<string> {
  const { apiVersion, kind, metadata } = object
  if (typeof apiVersion !== 'string' || !isJsonObject(metadata)) throw new Error('not a Kubernetes object')
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const resources = (await call('GET', root)).resources
  for (const resource of Array.isArray(resources) ? resources : []) {
    if (!isJsonObject(resource) || resource.kind !== kind || String(resource.name).includes('/')) continue
    const namespace = resource.namespaced === true ? `/namespaces/${metadata.namespace ?? 'default'}` : ''
    return `${root}${namespace}/${resource.name}/${metadata.name}`
  }
  throw new Error(`the server does not serve ${kind} in ${apiVersion}`)
}

async function definitions(source: string | readonly string[] | readonly JsonObject[]): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = []
  for (const item of typeof source === 'string' ? [source] : source) {
    for (const value of typeof item === 'string' ? await documents(item) : [item])
      if (isJsonObject(value) && value.kind === 'CustomResourceDefinition') found.push(value)
  }
  return found
}

/** YAML text, or the path of a file or folder of it. */
async function documents(source: string): Promise<readonly Json[]> {
  if (source.includes('\n')) return parseAllDocuments(source).map((document): Json => document.toJS())
  if (!(await stat(source)).isDirectory()) return documents(`${await readFile(source, 'utf8')}\n`)
  const found: Json[] = []
  for (const name of (await readdir(source)).sort())
    if (/\.(ya?ml|json)$/.test(name)) found.push(...(await documents(join(source, name))))
  return found
}
