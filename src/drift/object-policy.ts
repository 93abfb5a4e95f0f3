import type { Controller } from '../model/identity.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'

/** How one object is compared, by the annotations that its controller honours. */
export interface ObjectPolicy {
  /**
   * `ignored`: the controller leaves the object alone. `ifNotPresent`: it makes the object and never changes it. `merge`: what
   * others added stays.
   */
  readonly compare: 'full' | 'merge' | 'ifNotPresent' | 'ignored'
  /** An object that is no longer declared does not count. */
  readonly extraIgnored: boolean
}

const FULL: ObjectPolicy = { compare: 'full', extraIgnored: false }

/**
 * Reads the annotations of Argo CD (`compare-options`), of Flux's Kustomizations (`reconcile`, `ssa`, `prune`) and HelmReleases
 * (`driftDetection`), which may be labels as well, and of Helm (`resource-policy`). The controllers look at the declared object
 * and at the live one.
 */
export function objectPolicyOf(
  controller: Controller,
  desired: KubernetesObject | undefined,
  live: KubernetesObject | undefined,
): ObjectPolicy {
  const either = (name: string) =>
    [desired, live]
      .flatMap((object) => [annotation(object, name), label(object, name)])
      .map((text) => text?.toLowerCase())
  switch (controller) {
    case 'argocd':
      return { compare: 'full', extraIgnored: hasOption(live ?? desired, 'IgnoreExtraneous') }
    case 'flux': {
      const ssa = either('kustomize.toolkit.fluxcd.io/ssa')
      const isLeftAlone =
        either('kustomize.toolkit.fluxcd.io/reconcile').includes('disabled') ||
        either('helm.toolkit.fluxcd.io/driftDetection').includes('disabled') ||
        ssa.includes('ignore')
      const isMadeOnce = ssa.includes('ifnotpresent')
      return {
        compare: isLeftAlone ? 'ignored' : isMadeOnce ? 'ifNotPresent' : ssa.includes('merge') ? 'merge' : 'full',
        extraIgnored:
          isLeftAlone || isKeptByHelm(live) || either('kustomize.toolkit.fluxcd.io/prune').includes('disabled'),
      }
    }
    case 'helm':
      return { compare: 'full', extraIgnored: isKeptByHelm(live) }
    case 'static':
      return FULL
    default:
      return controller satisfies never
  }
}

/**
 * Helm leaves such an object of a release where it is when the chart drops it; the annotation counts only on objects of
 * a release.
 */
function isKeptByHelm(live: KubernetesObject | undefined): boolean {
  const isOfRelease = annotation(live, 'meta.helm.sh/release-name') !== undefined
  return isOfRelease && annotation(live, 'helm.sh/resource-policy')?.trim().toLowerCase() === 'keep'
}

function annotation(object: KubernetesObject | undefined, name: string): string | undefined {
  return stringIn(object?.metadata.annotations, name)
}

function label(object: KubernetesObject | undefined, name: string): string | undefined {
  return stringIn(object?.metadata.labels, name)
}

function stringIn(map: Json | undefined, name: string): string | undefined {
  const value = isJsonObject(map) && Object.hasOwn(map, name) ? map[name] : undefined
  return typeof value === 'string' ? value : undefined
}

function hasOption(object: KubernetesObject | undefined, option: string): boolean {
  const options = annotation(object, 'argocd.argoproj.io/compare-options') ?? ''
  return options.split(',').some((one) => one.trim() === option)
}
