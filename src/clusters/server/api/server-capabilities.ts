import { abortable } from '../../../concurrency/abortable.ts'
import { withTimeLimit } from '../../../concurrency/time-limit.ts'
import type { Capabilities } from '../../../model/clusters/cluster.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject } from '../../../model/json.ts'
import { makeCapabilities } from '../../capabilities.ts'
import type { ConnectionStatus } from '../../connection-status.ts'
import type { ServerLimits } from '../../options.ts'
import type { ServerClient } from '../client.ts'
import { createDiscoverer, type Discovery } from './api-discovery.ts'
import { createOpenApiIndex, type OpenApiIndex } from './openapi.ts'

export interface CachedCapabilities {
  readonly capabilities: Capabilities
  readonly openapi: OpenApiIndex
}

/** What the server serves, cached; refreshed when it is old, and sooner after a missing kind. */
export interface ServerCapabilities {
  get(signal: AbortSignal): Promise<CachedCapabilities>
  /** Bypasses the cache: a kind has just been refused. */
  refresh(signal: AbortSignal): Promise<CachedCapabilities>
}

export function createServerCapabilities(
  client: ServerClient,
  connection: ConnectionStatus,
  limits: ServerLimits,
): ServerCapabilities {
  const discoverer = createDiscoverer(client)
  const openApiIndex = createOpenApiIndex(client)
  let known: (CachedCapabilities & { readonly discovery: Discovery }) | undefined
  let knownAt = Number.NEGATIVE_INFINITY
  let wholeAt = Number.NEGATIVE_INFINITY
  let missing = false
  let asking: Promise<CachedCapabilities> | undefined

  /**
   * Another version of the server has other schemas, since each document names it (kube-openapi hashes the whole), and kinds of its own
   * come with a version alone: neither is asked for again while groups and schemas are the same.
   */
  async function ask(signal: AbortSignal): Promise<CachedCapabilities> {
    const asked = openApiIndex(signal)
    if (known !== undefined && known.openapi.size > 0 && performance.now() - wholeAt < limits.versionAge) {
      const [index, groupsUnchanged] = await Promise.all([asked, discoverer.groupsUnchanged(signal)])
      if (index === known.openapi && groupsUnchanged) {
        knownAt = performance.now()
        missing = false
        return known
      }
    }
    const [kubeVersion, discovery, openapi] = await Promise.all([
      askVersion(client, signal),
      discoverer.discover(signal),
      asked,
    ])
    connection.setVersion(kubeVersion)
    knownAt = performance.now()
    wholeAt = knownAt
    missing = false
    if (known?.discovery === discovery && known.openapi === openapi && known.capabilities.kubeVersion === kubeVersion)
      return known
    const capabilities = makeCapabilities({
      kubeVersion,
      apiVersions: discovery.apiVersions,
      kinds: discovery.kinds,
      failure: ({ group }) => discovery.broken.get(group),
      fingerprint: [...discovery.broken.keys(), ...[...openapi].map(([name, { hash }]) => `${name} ${hash}`)],
      onMissing: () => {
        missing = true
      },
    })
    // The same object as long as nothing changed, so that callers can compare by identity.
    const isSame = known?.capabilities.version === capabilities.version
    known = { capabilities: isSame && known !== undefined ? known.capabilities : capabilities, openapi, discovery }
    return known
  }

  /** Concurrent callers share one request; one that aborts does not cancel it for the others. */
  function refresh(signal: AbortSignal): Promise<CachedCapabilities> {
    asking ??= withTimeLimit(3 * limits.answer, new AbortController().signal, ask).finally(() => {
      asking = undefined
    })
    return abortable(asking, signal)
  }

  return {
    refresh,
    get: async (signal) => {
      const age = performance.now() - knownAt
      if (known !== undefined && age < (missing ? limits.missingKindAge : limits.discoveryAge)) return known
      return refresh(signal)
    },
  }
}

/** `v1.36.0`. @throws CodedError `GDE_CLUSTER_PROTOCOL` */
export async function askVersion(client: ServerClient, signal: AbortSignal): Promise<string> {
  const { body } = await client.json({ verb: 'get', path: '/version', subject: 'the version' }, signal)
  const version = isJsonObject(body) ? body.gitVersion : undefined
  if (typeof version !== 'string') throw new CodedError('GDE_CLUSTER_PROTOCOL', 'the version has no gitVersion')
  return version
}
