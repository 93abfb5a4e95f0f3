import type { ObserveOptions } from '../../model/clusters/cluster.ts'

/** One informer for each namespace, so that a forbidden one does not affect the others; or one for all. */
export interface NamespaceInformers<Informer> {
  /** Starts and stops informers so that just these namespaces are followed. */
  set(namespaces: readonly string[] | 'all'): void
  of(namespace: string): Informer | undefined
  all(): readonly Informer[]
}

const EVERYWHERE = '*'

export function followNamespaces<Informer>(
  signal: AbortSignal,
  start: (scope: Pick<ObserveOptions, 'namespaces'>, until: AbortSignal) => Informer,
): NamespaceInformers<Informer> {
  const running = new Map<string, { readonly informer: Informer; readonly stop: AbortController }>()
  return {
    set(namespaces) {
      const wanted = new Set(namespaces === 'all' ? [EVERYWHERE] : namespaces)
      for (const [namespace, { stop }] of running) {
        if (wanted.has(namespace)) continue
        stop.abort()
        running.delete(namespace)
      }
      for (const namespace of wanted) {
        if (running.has(namespace)) continue
        const stop = new AbortController()
        const scope = namespace === EVERYWHERE ? {} : { namespaces: [namespace] }
        running.set(namespace, { stop, informer: start(scope, AbortSignal.any([signal, stop.signal])) })
      }
    },
    of: (namespace) => (running.get(namespace) ?? running.get(EVERYWHERE))?.informer,
    all: () => [...running.values()].map(({ informer }) => informer),
  }
}
