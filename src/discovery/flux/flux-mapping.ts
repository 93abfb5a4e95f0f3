import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '../../model/object.ts'
import type { FluxContext, FluxSnapshot, Found } from './flux-context.ts'
import { helmReleaseApp } from './helm-releases/helm-release-to-app.ts'
import { kustomizationApp, type MappedApp } from './kustomizations/kustomization-to-app.ts'

export type FluxMapping = (resource: KubernetesObject, context: FluxContext) => MappedApp

export const mapFlux: FluxMapping = (resource, context) =>
  resource.kind === 'HelmRelease' ? helmReleaseApp(resource, context) : kustomizationApp(resource, context)

interface LookedUp {
  readonly found: Found<object>
  again(snapshot: FluxSnapshot): Found<object>
}

interface Mapped {
  readonly result: MappedApp
  readonly lookups: readonly LookedUp[]
  readonly controllers: FluxSnapshot['controllers']
}

/**
 * Maps a resource again only when it or something that it looked up is another object; else the app is the same object, too. For one control
 * cluster and one config.
 */
export function createFluxMapping(): FluxMapping {
  const known = new WeakMap<KubernetesObject, Mapped>()
  return (resource, context) => {
    const { snapshot } = context
    const before = known.get(resource)
    const isCurrent =
      isDeepStrictEqual(before?.controllers, snapshot.controllers) &&
      before?.lookups.every((one) => holds(one, snapshot)) === true
    if (isCurrent) return before.result
    const lookups: LookedUp[] = []
    const result = mapFlux(resource, { ...context, snapshot: recordingSnapshot(snapshot, lookups) })
    known.set(resource, { result, lookups, controllers: snapshot.controllers })
    return result
  }
}

function holds({ found, again }: LookedUp, snapshot: FluxSnapshot): boolean {
  const now = again(snapshot)
  if (typeof found !== 'object' || typeof now !== 'object') return found === now
  if ('found' in found) return 'found' in now && found.found === now.found
  return 'failure' in now && isDeepStrictEqual(found.failure, now.failure)
}

function recordingSnapshot(snapshot: FluxSnapshot, lookups: LookedUp[]): FluxSnapshot {
  function look<T extends object>(again: (snapshot: FluxSnapshot) => Found<T>): Found<T> {
    const found = again(snapshot)
    lookups.push({ found, again })
    return found
  }
  return {
    ...snapshot,
    gitRepository: (namespace, name) => look((one) => one.gitRepository(namespace, name)),
    chartSource: (kind, namespace, name) => look((one) => one.chartSource(kind, namespace, name)),
    configMap: (namespace, name) => look((one) => one.configMap(namespace, name)),
    secret: (namespace, name) => look((one) => one.secret(namespace, name)),
    release: (cluster, namespace, name) => look((one) => one.release(cluster, namespace, name)),
  }
}
