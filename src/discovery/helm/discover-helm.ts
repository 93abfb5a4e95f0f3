import { createDebouncedSignal } from '../../concurrency/debounced-signal.ts'
import type { HelmDiscoverySettings } from '../../model/settings.ts'
import type { DiscoveryContext, DiscoverySource, InventoryPart } from '../discovery.ts'
import { releaseToApp } from './release-app.ts'
import { startReleaseInformer } from './release-informer.ts'

const QUIET_MS = 20

/** Discovers the releases in Helm's storage of one cluster. */
export function helmDiscovery(entry: HelmDiscoverySettings): DiscoverySource {
  return {
    origin: { controller: 'helm', declaredIn: entry.cluster },
    discover: (context, signal) => discoverHelm(entry, context, signal),
  }
}

async function* discoverHelm(
  { cluster, namespaces }: HelmDiscoverySettings,
  { control, settings, encrypt }: DiscoveryContext,
  signal: AbortSignal,
): AsyncGenerator<InventoryPart> {
  const changes = createDebouncedSignal(QUIET_MS, signal)
  const informers = startReleaseInformer(
    control,
    namespaces.includes('*') ? undefined : namespaces,
    changes.notify,
    signal,
  )
  while (!signal.aborted) {
    await changes.next()
    if (signal.aborted) return
    if (!informers.complete && informers.state !== 'failed') continue
    const apps = [...informers.releases].map(([key, release]) => {
      const [namespace = '', name = ''] = key.split('/')
      return releaseToApp(cluster, { namespace, name }, release, settings, encrypt)
    })
    yield {
      apps,
      clusters: [],
      repositories: [],
      problems: informers.failure === undefined ? [] : [{ subject: `helm in ${cluster}`, failure: informers.failure }],
      complete: informers.state === 'listed',
      ...(informers.failure !== undefined && { failing: true }),
    }
  }
}
