import { Confidential } from '../../../model/confidential.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { CredentialSource, Credentials, UserEntry } from './access.ts'
import { textOf } from './kubeconfig-fields.ts'

/** `@kubernetes/client-node` asks the identity provider at each call once the first token has ended. */
const CACHE_MS = 60_000

/**
 * The `auth-provider`s that came before exec plugins (OIDC above all), by `@kubernetes/client-node`. It is imported only here and
 * only now: it takes 0.6 s and 60 MB.
 */
export function authProviderCredentials(provider: JsonObject, entry: UserEntry): CredentialSource {
  const name = textOf(provider, 'name')
  if (name === undefined) throw kubeconfigError('user.auth-provider.name is not set', entry)
  let cached: { readonly credentials: Credentials; readonly at: number } | undefined
  let loading: Promise<() => Promise<Credentials>> | undefined
  return {
    current: async () => {
      if (cached !== undefined && performance.now() - cached.at < CACHE_MS) return cached.credentials
      loading ??= load(name, provider, entry)
      cached = { credentials: await (await loading)(), at: performance.now() }
      return cached.credentials
    },
    renew: () => {
      cached = undefined
      loading = undefined
    },
  }
}

async function load(name: string, provider: JsonObject, entry: UserEntry): Promise<() => Promise<Credentials>> {
  const { KubeConfig } = await import('./client-node.ts')
  const config = new KubeConfig()
  const cluster = { name: 'cluster', server: entry.address.url, skipTLSVerify: entry.address.insecureSkipVerify }
  // A KubeConfig of its own: client-node caches credentials by the user's name.
  config.loadFromClusterAndUser(cluster, { name: 'user', authProvider: { name, config: strings(provider.config) } })
  return async () => {
    const options: { headers?: Record<string, unknown> } = {}
    try {
      await config.applyToHTTPSOptions(options)
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'unknown reason'
      throw kubeconfigError(`the auth-provider ${name} gives no credentials (${reason})`, entry)
    }
    const authorization = options.headers?.Authorization
    if (typeof authorization !== 'string') throw kubeconfigError(`the auth-provider ${name} gives no token`, entry)
    const { certificate } = entry
    return {
      authorization: Confidential.used(authorization),
      ...(certificate === undefined ? {} : { certificate }),
    }
  }
}

function strings(config: Json | undefined): Record<string, string> {
  if (!isJsonObject(config)) return {}
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)]))
}

function kubeconfigError(message: string, { file }: UserEntry): CodedError {
  return new CodedError('GDE_CLUSTER_KUBECONFIG', message, { file })
}
