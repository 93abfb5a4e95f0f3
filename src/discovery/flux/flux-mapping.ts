import { isDeepStrictEqual } from 'node:util'
import type { KubernetesObject } from '../../model/object.ts'
import type { FluxContext, FluxWorld, Found } from './flux-context.ts'
import { helmReleaseApp } from './helm-releases/helm-release-to-app.ts'
import { kustomizationApp, type MappedApp } from './kustomizations/kustomization-to-app.ts'

export type FluxMapping = (resource: KubernetesObject, context: FluxContext) => MappedApp

export const mapFlux: FluxMapping = (resource, context) =>
  resource.kind === 'HelmRelease' ? helmReleaseApp(resource, context) : kustomizationApp(resource, context)

interface LookedUp {
  readonly found: Found<object>
  again(world: FluxWorld): Found<object>
}

interface Mapped {
  readonly result: MappedApp
  readonly lookups: readonly LookedUp[]
  readonly strict: boolean
}

/**
 * Maps a resource again only when it or something that it looked up is another object; else the app is the same object, too. For one control
 * cluster and one config.
 */
export function createFluxMapping(): FluxMapping {
  const known = new WeakMap<KubernetesObject, Mapped>()
  return (resource, context) => {
    const { world } = context
    const before = known.get(resource)
    const isCurrent = before?.strict === world.strictSubstitution && before.lookups.every((one) => holds(one, world))
    if (isCurrent) return before.result
    const lookups: LookedUp[] = []
    const result = mapFlux(resource, { ...context, world: recordingWorld(world, lookups) })
    known.set(resource, { result, lookups, strict: world.strictSubstitution })
    return result
  }
}

function holds({ found, again }: LookedUp, world: FluxWorld): boolean {
  const now = again(world)
  if (typeof found !== 'object' || typeof now !== 'object') return found === now
  if ('found' in found) return 'found' in now && found.found === now.found
  return 'failure' in now && isDeepStrictEqual(found.failure, now.failure)
}

function recordingWorld(world: FluxWorld, lookups: LookedUp[]): FluxWorld {
  function look<T extends object>(again: (world: FluxWorld) => Found<T>): Found<T> {
    const found = again(world)
    lookups.push({ found, again })
    return found
  }
  return {
    ...world,
    gitRepository: (namespace, name) => look((one) => one.gitRepository(namespace, name)),
    configMap: (namespace, name) => look((one) => one.configMap(namespace, name)),
    secret: (namespace, name) => look((one) => one.secret(namespace, name)),
    release: (cluster, namespace, name) => look((one) => one.release(cluster, namespace, name)),
  }
}
