import type { Settings } from '../../model/settings.ts'
import { argocdDiscovery } from '../argocd/discover-argocd.ts'
import type { DiscoverySource } from '../discovery.ts'
import { fluxDiscovery } from '../flux/discover-flux.ts'
import { helmDiscovery } from '../helm/discover-helm.ts'

/** What the config file says is to be discovered. */
export function discoverySources({ discovery }: Settings): readonly DiscoverySource[] {
  return [
    ...discovery.argocd.map(argocdDiscovery),
    ...discovery.flux.map(fluxDiscovery),
    ...discovery.helm.map(helmDiscovery),
  ]
}
