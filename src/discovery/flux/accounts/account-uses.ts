import { CodedError } from '../../../model/failure.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import { readAppParts } from '../app-parts.ts'
import type { ControllerFlags } from '../controller-flags.ts'
import type { FluxSnapshot } from '../flux-context.ts'
import { remoteClusterNameOf } from '../remote-cluster.ts'
import type { AccountUse } from './account-roles.ts'
import { serviceAccountOf } from './service-account.ts'

/** The accounts that resources are applied as; none for invalid resources, whose mapping reports the field. */
export function accountUses(
  control: string,
  { kustomizations, helmReleases }: Pick<FluxSnapshot, 'kustomizations' | 'helmReleases'>,
  controllers: FluxSnapshot['controllers'],
): readonly AccountUse[] {
  const use = (resource: KubernetesObject, flags: ControllerFlags): readonly AccountUse[] => {
    try {
      const parts = readAppParts(resource)
      const account = serviceAccountOf(parts, flags)
      const cluster = remoteClusterNameOf(control, parts.namespace, parts.spec) ?? control
      return account === undefined ? [] : [{ cluster, account }]
    } catch (error) {
      if (error instanceof CodedError) return []
      throw error
    }
  }
  return [
    ...kustomizations.flatMap((resource) => use(resource, controllers['kustomize-controller'])),
    ...helmReleases.flatMap((resource) => use(resource, controllers['helm-controller'])),
  ]
}
