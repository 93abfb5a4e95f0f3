import { parseJson } from '../../../kubernetes/serialization/json.ts'
import type { ConfidentialSecret } from '../../../model/clusters/cluster.ts'
import type { Confidential } from '../../../model/confidential.ts'
import { CodedError, type Failure, toFailure } from '../../../model/failure.ts'
import { isJsonObject } from '../../../model/json.ts'
import type { TextMatcher } from '../../../text/pattern-machine.ts'
import {
  type Fields,
  fieldsOf,
  readObject,
  readOptionalFlag,
  readOptionalObject,
  readText,
  readTextMap,
  readTexts,
} from '../../fields/fields.ts'
import type { ClusterSecretFacts } from '../applicationset/inputs.ts'
import { confidential, jsonText, perhapsConfidential, plainText } from '../secret-data.ts'

/** The server that means the cluster Argo CD runs in. */
export const IN_CLUSTER_SERVER = 'https://kubernetes.default.svc'
export const IN_CLUSTER_NAME = 'in-cluster'

/** How Argo CD signs in to a cluster. */
export type ArgocdClusterLogin =
  | { readonly type: 'none' }
  | { readonly type: 'bearer'; readonly token: Confidential }
  | { readonly type: 'basic'; readonly username: string; readonly password: Confidential }
  | { readonly type: 'certificate'; readonly certificate: string; readonly key: Confidential }
  | {
      readonly type: 'exec'
      readonly command: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, Confidential>>
      readonly apiVersion: string
      readonly provideClusterInfo: boolean
    }
  /** Argo CD runs `argocd-k8s-auth aws` for it. */
  | { readonly type: 'aws'; readonly clusterName: string; readonly roleArn: string; readonly profile: string }

export interface ArgocdClusterAccess {
  /** Without a slash at the end. */
  readonly server: string
  /** The cluster that Argo CD runs in, reached as it is; a login, if there is one, stands in for its service account. */
  readonly inCluster: boolean
  readonly login: ArgocdClusterLogin
  /** PEM. */
  readonly certificateAuthority?: string
  readonly serverName?: string
  readonly insecureSkipVerify: boolean
  readonly proxyUrl?: string
}

export interface ArgocdCluster {
  readonly facts: ClusterSecretFacts
  /** Empty is the whole cluster. */
  readonly namespaces: readonly string[]
  /** With `namespaces`: cluster-scoped kinds are read all the same. */
  readonly clusterResources: boolean
  readonly access: ArgocdClusterAccess | { readonly failure: Failure }
}

/** Annotations that hold the Secret itself, or are Argo CD's own state: their values are of no use, only that they are there. */
const EMPTIED_ANNOTATIONS = ['kubectl.kubernetes.io/last-applied-configuration']

/** Reads a cluster Secret in all its forms. An invalid part is the cluster's failure; the rest is still returned. */
export function readClusterSecret(secret: ConfidentialSecret): ArgocdCluster {
  const config = orFailure(secret, () => fieldsOf(parseConfig(secret), 'GDE_ARGOCD_INVALID', 'config'))
  const login = 'failure' in config ? config : orFailure(secret, () => readConfig(config))
  const server = plainText(secret, 'server')
  return {
    facts: {
      namespace: secret.namespace,
      secretName: secret.name,
      labels: secret.labels,
      annotations: Object.fromEntries(
        Object.entries(secret.annotations).map(([key, value]) => [key, EMPTIED_ANNOTATIONS.includes(key) ? '' : value]),
      ),
      name: plainText(secret, 'name'),
      server,
      project: plainText(secret, 'project'),
      broken: 'failure' in login,
    },
    namespaces: plainText(secret, 'namespaces')
      .split(',')
      .map((namespace) => namespace.trim())
      .filter((namespace) => namespace !== ''),
    clusterResources: plainText(secret, 'clusterResources') === 'true',
    access: 'failure' in login ? login : orFailure(secret, () => withServer(login, server)),
  }
}

type Config = Omit<ArgocdClusterAccess, 'server' | 'inCluster'>

function orFailure<T extends object>(secret: ConfidentialSecret, read: () => T): T | { readonly failure: Failure } {
  try {
    return read()
  } catch (error) {
    const { message, ...failure } = toFailure(error)
    return { failure: { ...failure, message: `cluster Secret ${secret.namespace}/${secret.name}: ${message}` } }
  }
}

function readConfig(config: Fields): Config {
  const tls = readObject(config, 'tlsClientConfig')
  const [authority, serverName, proxyUrl] = [
    readBase64(tls, 'caData'),
    readText(tls, 'serverName'),
    readText(config, 'proxyUrl'),
  ]
  return {
    login: readLogin(config, tls),
    ...(authority !== '' && { certificateAuthority: authority }),
    ...(serverName !== '' && { serverName }),
    insecureSkipVerify: readOptionalFlag(tls, 'insecure') ?? false,
    ...(proxyUrl !== '' && { proxyUrl }),
  }
}

function withServer(config: Config, server: string): ArgocdClusterAccess {
  const trimmed = server.replace(/\/+$/, '')
  const isUrl = (value: string, schemes: TextMatcher): boolean => URL.canParse(value) && schemes.test(value)
  if (!isUrl(trimmed, /^https?:/i)) throw new CodedError('GDE_ARGOCD_INVALID', 'server is no http or https URL')
  if (config.proxyUrl !== undefined && !isUrl(config.proxyUrl, /^(?:https?|socks5):/i))
    throw new CodedError('GDE_ARGOCD_INVALID', 'config.proxyUrl is no http, https or socks5 URL')
  return { ...config, server: trimmed, inCluster: trimmed === IN_CLUSTER_SERVER }
}

function parseConfig(secret: ConfidentialSecret) {
  const written = jsonText(secret, 'config')
  if (written === '') return {}
  const parsed = parseQuietly(written)
  if (!isJsonObject(parsed)) throw new CodedError('GDE_ARGOCD_INVALID', 'config is not a JSON object')
  return parsed
}

/** The parser's own message is not passed on, since `config` holds credentials. */
function parseQuietly(written: string) {
  try {
    return parseJson(written)
  } catch (error) {
    throw new CodedError('GDE_ARGOCD_INVALID', 'config is not JSON', {}, { cause: error })
  }
}

/** In Argo CD's order (Cluster.RawRestConfig). */
function readLogin(config: Fields, tls: Fields): ArgocdClusterLogin {
  const aws = readOptionalObject(config, 'awsAuthConfig')
  if (aws !== undefined)
    return {
      type: 'aws',
      clusterName: readText(aws, 'clusterName'),
      roleArn: readText(aws, 'roleARN'),
      profile: readText(aws, 'profile'),
    }
  const exec = readOptionalObject(config, 'execProviderConfig')
  if (exec !== undefined) return readExec(exec)
  const token = readText(config, 'bearerToken')
  if (token !== '') return { type: 'bearer', token: confidential(token) }
  const [username, password] = [readText(config, 'username'), readText(config, 'password')]
  if (username !== '' || password !== '') return { type: 'basic', username, password: confidential(password) }
  const [certificate, key] = [readBase64(tls, 'certData'), readBase64(tls, 'keyData')]
  if (certificate !== '' && key !== '') return { type: 'certificate', certificate, key: confidential(key) }
  return { type: 'none' }
}

function readExec(exec: Fields): ArgocdClusterLogin {
  const env = Object.entries(readTextMap(exec, 'env')).map(
    ([name, value]) => [name, perhapsConfidential(value)] as const,
  )
  return {
    type: 'exec',
    command: readText(exec, 'command'),
    args: readTexts(exec, 'args'),
    env: Object.fromEntries(env),
    apiVersion: readText(exec, 'apiVersion'),
    provideClusterInfo: readOptionalFlag(exec, 'provideClusterInfo') ?? false,
  }
}

/** Base64, as Go writes bytes into JSON. */
function readBase64(of: Fields, key: string): string {
  const encoded = readText(of, key)
  if (encoded !== '' && !/^[A-Za-z0-9+/\r\n]+={0,2}[\r\n]*$/.test(encoded))
    throw new CodedError('GDE_ARGOCD_INVALID', `${of.path}.${key} is not base64`)
  return Buffer.from(encoded, 'base64').toString('utf8')
}
