import type { ClusterConnector } from '../../model/cluster.ts'

/** What a cluster says of itself. */
export interface ClusterFacts {
  readonly identity: string
  /** The URL that it is reached by; '' where there is none. */
  readonly server: string
}

/** Which real clusters those of the inventory are, as far as they told. */
export interface ClusterIdentities {
  /** From now on these are asked, each once for a version of its access. */
  want(clusters: ReadonlyMap<string, string>): void
  of(cluster: string): ClusterFacts | undefined
  /** It is to be asked, and has neither answered nor failed nor taken too long yet. */
  isAwaited(cluster: string): boolean
}

/** Apps are not held up longer by a cluster that does not answer. */
const PATIENCE_MS = 5000
const RETRY_MS = 30_000

interface Asked {
  readonly version: string
  facts: ClusterFacts | undefined
  isAwaited: boolean
  isAsking: boolean
  retry: NodeJS.Timeout | undefined
}

export function createClusterIdentities(
  connector: (cluster: string) => ClusterConnector | undefined,
  onChange: () => void,
  signal: AbortSignal,
): ClusterIdentities {
  const asked = new Map<string, Asked>()

  async function ask(cluster: string, one: Asked): Promise<void> {
    const connected = connector(cluster)
    if (connected === undefined) {
      one.isAwaited = false
      return
    }
    one.isAsking = true
    one.retry = undefined
    const patience = setTimeout(() => giveUp(one), PATIENCE_MS).unref()
    try {
      const identity = await connected.identity(signal)
      one.facts = { identity, server: connected.status().server }
    } catch {
      // Its apps say why it cannot be read; which cluster it is may be told later.
      if (!signal.aborted) one.retry = setTimeout(() => void ask(cluster, one), RETRY_MS).unref()
    }
    clearTimeout(patience)
    one.isAsking = false
    one.isAwaited = false
    if (!signal.aborted && asked.get(cluster) === one) onChange()
  }

  function giveUp(one: Asked): void {
    one.isAwaited = false
    onChange()
  }

  signal.addEventListener('abort', () => {
    for (const { retry } of asked.values()) clearTimeout(retry)
  })
  return {
    want(clusters) {
      for (const [cluster, one] of asked) {
        if (clusters.get(cluster) === one.version) continue
        clearTimeout(one.retry)
        asked.delete(cluster)
      }
      for (const [cluster, version] of clusters) {
        const one = asked.get(cluster) ?? newAsked(version)
        asked.set(cluster, one)
        // One that was found to be another is not connected any more, and what it told holds.
        if (one.facts === undefined && !one.isAsking && one.retry === undefined) void ask(cluster, one)
      }
    },
    of: (cluster) => asked.get(cluster)?.facts,
    isAwaited: (cluster) => asked.get(cluster)?.isAwaited ?? true,
  }
}

function newAsked(version: string): Asked {
  return { version, facts: undefined, isAwaited: true, isAsking: false, retry: undefined }
}
