import { createHash } from 'node:crypto'
import { decodeBase64 } from '../../../kubernetes/serialization/base64.ts'
import { readYamlDocuments } from '../../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import {
  type ClientCertificate,
  clientCertificate,
  type LoadServerAccess,
  type ServerAccess,
  type ServerAddress,
} from './access.ts'
import { besideFile, textOf } from './kubeconfig-fields.ts'
import { ofSmallFiles, type ReadSmallFile, readSmallFile } from './small-file.ts'
import { credentialsOf } from './user-credentials.ts'

/**
 * Reads one context of a kubeconfig. Read here and not by `@kubernetes/client-node`, which costs 0.6 s and 60 MB, does not know
 * `tokenFile`, never rereads a file, and lets an exec plugin run for ever; it does what only it can, the old `auth-provider`s.
 */
export function loadKubeconfig(
  path: string,
  context: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): LoadServerAccess {
  let previous: { readonly fingerprint: string; readonly access: ServerAccess } | undefined
  const load = ofSmallFiles(async (read) => {
    const entries = findEntries(parseKubeconfig(await read(path, 'the kubeconfig'), path), context, path)
    const address = await addressOf(entries, path, read)
    const certificate = await certificateOf(entries.user, path, read)
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([address, entries.user, certificate?.fingerprint]))
      .digest('hex')
    if (previous?.fingerprint !== fingerprint) {
      const credentials = credentialsOf({ user: entries.user, certificate, address, file: path, environment })
      previous = { fingerprint, access: { address, credentials } }
    }
    return previous.access
  })
  return (_signal, fresh) => load(fresh)
}

interface Entries {
  readonly cluster: JsonObject
  readonly user: JsonObject
}

/** @throws CodedError `GDE_CLUSTER_KUBECONFIG`, with the place and nothing of the text, which holds credentials */
export function parseKubeconfig(text: string, file: string): JsonObject {
  const value = parse(text, file)
  if (!isJsonObject(value)) throw kubeconfigError('not a kubeconfig: the document is no mapping', file)
  return value
}

function parse(text: string, file: string): Json | undefined {
  try {
    return readYamlDocuments(text)[0]?.value
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const { line, column } = error.failure
    const position = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) }
    throw new CodedError('GDE_CLUSTER_KUBECONFIG', 'not YAML', { file, ...position })
  }
}

/** The cluster and user of a context, by default of current-context. @throws CodedError `GDE_CLUSTER_KUBECONFIG` naming what is not there */
export function findEntries(document: JsonObject, wanted: string | undefined, file: string): Entries {
  const name = wanted ?? textOf(document, 'current-context')
  if (name === undefined || name === '')
    throw kubeconfigError('no context is given and current-context is not set', file)
  const context = requireEntry(document, 'contexts', name, 'context', file)
  const clusterName = textOf(context, 'cluster')
  if (clusterName === undefined) throw kubeconfigError(`context ${JSON.stringify(name)} names no cluster`, file)
  const userName = textOf(context, 'user')
  return {
    cluster: requireEntry(document, 'clusters', clusterName, 'cluster', file),
    user: userName === undefined ? {} : requireEntry(document, 'users', userName, 'user', file),
  }
}

/** Kubeconfigs keep their maps as lists of `{name, <field>}`. */
function requireEntry(document: JsonObject, list: string, name: string, field: string, file: string): JsonObject {
  const items = document[list]
  const entries = (Array.isArray(items) ? items : []).filter(isJsonObject)
  const entry = entries.find((item) => item.name === name)
  if (entry === undefined) {
    const names = entries.map((item) => JSON.stringify(item.name)).slice(0, 20)
    const there = names.length === 0 ? `it has no ${list}` : `it has ${names.join(', ')}`
    throw kubeconfigError(`${field} ${JSON.stringify(name)} is not in the kubeconfig; ${there}`, file)
  }
  const value = entry[field]
  if (value === undefined || value === null) return {}
  if (!isJsonObject(value)) throw kubeconfigError(`${list}: ${field} ${JSON.stringify(name)} is no mapping`, file)
  return value
}

export async function addressOf(
  { cluster, user }: Entries,
  file: string,
  read: ReadSmallFile = readSmallFile,
): Promise<ServerAddress> {
  const ca = await pemOf(cluster, 'certificate-authority', file, read)
  const serverName = textOf(cluster, 'tls-server-name')
  const proxy = textOf(cluster, 'proxy-url')
  return {
    url: serverUrl(textOf(cluster, 'server'), file),
    insecureSkipVerify: cluster['insecure-skip-tls-verify'] === true,
    headers: impersonation(user),
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined || serverName === '' ? {} : { serverName }),
    ...(proxy === undefined || proxy === '' ? {} : { proxy: proxyUrl(proxy, file) }),
  }
}

function serverUrl(server: string | undefined, file: string): string {
  if (server === undefined) throw kubeconfigError('cluster.server is not set', file)
  // As kubectl takes it: without a scheme it is https.
  const url = URL.parse(server.includes('://') ? server : `https://${server}`)
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw kubeconfigError('cluster.server is no http(s) URL', file)
  if (url.username !== '' || url.password !== '') throw kubeconfigError('cluster.server must not hold user info', file)
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

function proxyUrl(proxy: string, file: string): string {
  const url = URL.parse(proxy)
  if (url === null || !['http:', 'https:', 'socks5:'].includes(url.protocol))
    throw kubeconfigError('cluster.proxy-url is no http, https or socks5 URL', file)
  return proxy
}

function impersonation(user: JsonObject): ServerAddress['headers'] {
  const as = textOf(user, 'as')
  const groups = user['as-groups']
  const uid = textOf(user, 'as-uid')
  return {
    ...(as === undefined || as === '' ? {} : { 'impersonate-user': as }),
    ...(Array.isArray(groups) && groups.length > 0 ? { 'impersonate-group': groups.map(String) } : {}),
    ...(uid === undefined || uid === '' ? {} : { 'impersonate-uid': uid }),
  }
}

export async function certificateOf(
  user: JsonObject,
  file: string,
  read: ReadSmallFile = readSmallFile,
): Promise<ClientCertificate | undefined> {
  const certificate = await pemOf(user, 'client-certificate', file, read)
  const key = await pemOf(user, 'client-key', file, read)
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined)
    throw kubeconfigError('client-certificate and client-key are only useful together', file)
  return clientCertificate(certificate, key)
}

/** `<field>-data`, base64, wins over the file that `<field>` names, as in client-go. */
async function pemOf(
  object: JsonObject,
  field: string,
  file: string,
  read: ReadSmallFile,
): Promise<string | undefined> {
  const data = textOf(object, `${field}-data`)
  if (data !== undefined && data !== '') {
    const bytes = decodeBase64(data)
    if (bytes === undefined) throw kubeconfigError(`${field}-data is not base64`, file)
    return requirePem(Buffer.from(bytes).toString('utf8'), `${field}-data`, file)
  }
  const path = textOf(object, field)
  if (path === undefined || path === '') return undefined
  return requirePem(await read(besideFile(path, file), field), field, file)
}

function requirePem(text: string, field: string, file: string): string {
  if (!text.includes('-----BEGIN ')) throw kubeconfigError(`${field} is not PEM`, file)
  return text
}

function kubeconfigError(message: string, file: string): CodedError {
  return new CodedError('GDE_CLUSTER_KUBECONFIG', message, { file })
}
