import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '../../model/object.ts'
import type { FluxContext, FluxSnapshot, LookupResult } from './flux-context.ts'
import { helmReleaseToApp } from './helm-releases/helm-release-to-app.ts'
import { kustomizationToApp, type MappedApp } from './kustomizations/kustomization-to-app.ts'

export type FluxMapping = (resource: KubernetesObject, context: FluxContext) => MappedApp

export const mapFlux: FluxMapping = (resource, context) =>
  resource.kind === 'HelmRelease' ? helmReleaseToApp(resource, context) : kustomizationToApp(resource, context)

interface RecordedLookup {
  readonly found: LookupResult<object>
  repeat(snapshot: FluxSnapshot): LookupResult<object>
}

interface Mapped {
  readonly result: MappedApp
  readonly lookups: readonly RecordedLookup[]
  readonly controllers: FluxSnapshot['controllers']
  readonly keys: FluxSnapshot['keys']
}

/**
 * Caches the mapping of one control cluster under one config: a resource is mapped again only when it or an object
 * that it looked up changed. Otherwise the app is the same object.
 */
export function createFluxMapping(): FluxMapping {
  const known = new WeakMap<KubernetesObject, Mapped>()
  return (resource, context) => {
    const { snapshot } = context
    const before = known.get(resource)
    const isCurrent =
      before?.keys === snapshot.keys &&
      isDeepStrictEqual(before?.controllers, snapshot.controllers) &&
      before?.lookups.every((one) => holds(one, snapshot)) === true
    if (isCurrent) return before.result
    const lookups: RecordedLookup[] = []
    const result = mapFlux(resource, { ...context, snapshot: recordingSnapshot(snapshot, lookups) })
    known.set(resource, { result, lookups, controllers: snapshot.controllers, keys: snapshot.keys })
    return result
  }
}

function holds({ found, repeat }: RecordedLookup, snapshot: FluxSnapshot): boolean {
  const now = repeat(snapshot)
  if (typeof found !== 'object' || typeof now !== 'object') return found === now
  if ('found' in found) return 'found' in now && found.found === now.found
  return 'failure' in now && isDeepStrictEqual(found.failure, now.failure)
}

function recordingSnapshot(snapshot: FluxSnapshot, lookups: RecordedLookup[]): FluxSnapshot {
  function recordLookup<T extends object>(repeat: (snapshot: FluxSnapshot) => LookupResult<T>): LookupResult<T> {
    const found = repeat(snapshot)
    lookups.push({ found, repeat })
    return found
  }
  return {
    ...snapshot,
    gitRepository: (namespace, name) => recordLookup((one) => one.gitRepository(namespace, name)),
    chartSource: (kind, namespace, name) => recordLookup((one) => one.chartSource(kind, namespace, name)),
    configMap: (namespace, name) => recordLookup((one) => one.configMap(namespace, name)),
    secret: (namespace, name) => recordLookup((one) => one.secret(namespace, name)),
    permission(cluster, account) {
      const found = snapshot.permission(cluster, account)
      lookups.push({ found: { found }, repeat: (one) => ({ found: one.permission(cluster, account) }) })
      return found
    },
    release: (cluster, namespace, name) => recordLookup((one) => one.release(cluster, namespace, name)),
  }
}
