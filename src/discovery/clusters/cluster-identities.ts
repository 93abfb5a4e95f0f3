import type { ClusterConnector } from '../../model/clusters/cluster.ts'

/** The identity of a cluster, as read from it. */
export interface ClusterFacts {
  readonly identity: string
  /** The URL that it is reached by; '' where there is none. */
  readonly server: string
}

/** Identities of the inventory's clusters, as far as they have answered. */
export interface ClusterIdentities {
  /**
   * Identifies these clusters (by name, with the version of their access) and forgets others. Each version is asked
   * once.
   */
  track(clusters: ReadonlyMap<string, string>): void
  of(cluster: string): ClusterFacts | undefined
  /** No answer, no failure and no timeout yet. */
  isAwaited(cluster: string): boolean
}

/** Apps wait no longer than this for a cluster that does not answer. */
const TIMEOUT_MS = 5000
const RETRY_MS = 30_000

interface IdentityRequest {
  readonly version: string
  facts: ClusterFacts | undefined
  isAwaited: boolean
  isRequesting: boolean
  retry: NodeJS.Timeout | undefined
}

export function createClusterIdentities(
  connector: (cluster: string) => ClusterConnector | undefined,
  onChange: () => void,
  signal: AbortSignal,
): ClusterIdentities {
  const requests = new Map<string, IdentityRequest>()

  async function identify(cluster: string, one: IdentityRequest): Promise<void> {
    const connected = connector(cluster)
    if (connected === undefined) {
      one.isAwaited = false
      return
    }
    one.isRequesting = true
    one.retry = undefined
    const timeout = setTimeout(() => giveUp(one), TIMEOUT_MS).unref()
    try {
      const identity = await connected.identity(signal)
      one.facts = { identity, server: connected.status().server }
    } catch {
      // The cluster's own status and apps show the failure; the identity is asked for again later.
      if (!signal.aborted) one.retry = setTimeout(() => void identify(cluster, one), RETRY_MS).unref()
    }
    clearTimeout(timeout)
    one.isRequesting = false
    one.isAwaited = false
    if (!signal.aborted && requests.get(cluster) === one) onChange()
  }

  function giveUp(one: IdentityRequest): void {
    one.isAwaited = false
    onChange()
  }

  signal.addEventListener('abort', () => {
    for (const { retry } of requests.values()) clearTimeout(retry)
  })
  return {
    track(clusters) {
      for (const [cluster, one] of requests) {
        if (clusters.get(cluster) === one.version) continue
        clearTimeout(one.retry)
        requests.delete(cluster)
      }
      for (const [cluster, version] of clusters) {
        const one = requests.get(cluster) ?? newIdentityRequest(version)
        requests.set(cluster, one)
        // A cluster that turned out to be a duplicate is no longer connected; its identity stays valid.
        if (one.facts === undefined && !one.isRequesting && one.retry === undefined) void identify(cluster, one)
      }
    },
    of: (cluster) => requests.get(cluster)?.facts,
    isAwaited: (cluster) => requests.get(cluster)?.isAwaited ?? true,
  }
}

function newIdentityRequest(version: string): IdentityRequest {
  return { version, facts: undefined, isAwaited: true, isRequesting: false, retry: undefined }
}
