import { parseConfig } from '../../config/load-config.ts'
import type { ClusterSpec } from '../../model/apps/inventory.ts'
import type { Settings } from '../../model/settings.ts'
import { NO_CONFIG } from '../run/load-settings.ts'
import type { Checkout } from './checkout.ts'

/** A control cluster that lies in a folder as a snapshot. */
export interface WrittenCluster {
  readonly name: string
  readonly folder: string
  readonly argocdNamespaces: readonly string[]
}

/** A kustomization that no app applies, and the cluster that it is for. */
export interface Bootstrap {
  readonly name: string
  readonly path: string
  readonly cluster: string
}

export interface ControlSettings {
  readonly clusters: readonly WrittenCluster[]
  readonly bootstraps: readonly Bootstrap[]
  /** Of clusters that apps go to: each is taken to be empty. */
  readonly destinations: readonly string[]
  /** An empty folder. */
  readonly emptyFolder: string
  readonly checkout: Checkout
  readonly config: Settings | undefined
  /** Nothing is read but the checkout, and what the config names. */
  readonly offline: boolean
}

/** What may be read; nothing is any. */
export function allowedRepositories({
  checkout,
  config,
  offline,
}: Pick<ControlSettings, 'checkout' | 'config' | 'offline'>): readonly string[] {
  if (!offline) {
    const lists = [...(config?.discovery.argocd ?? []), ...(config?.discovery.flux ?? [])].map(
      ({ allowedRepositories: list }) => list,
    )
    return lists.some(({ length }) => length === 0) || lists.length === 0 ? [] : [...own(checkout), ...lists.flat()]
  }
  // An empty list would allow everything.
  return ['file:///the-checkout-itself', ...own(checkout), ...(config === undefined ? [] : namedBy(config))]
}

function own({ urls }: Checkout): readonly string[] {
  // Flux writes `git@host:path` as a URL.
  const spelled = urls.flatMap((url) => [url, url.replace(/^([^/@]+@[^/:]+):/, 'ssh://$1/')])
  return spelled.flatMap((url) => [url, `${url}.git`])
}

function namedBy({ repositories, rewrites, charts }: Settings): readonly string[] {
  return [
    ...repositories.map(({ url }) => (typeof url === 'string' ? url : url.address)),
    ...[...rewrites, ...charts].map(({ match }) => `${match}*`),
  ]
}

/** Settings in which these clusters declare all apps, and the checkout stands for its URLs at every revision. */
export function controlSettings(parts: ControlSettings): Settings {
  const { clusters, bootstraps, destinations, emptyFolder, checkout, config } = parts
  const allowed = allowedRepositories(parts)
  const made = parseConfig(
    JSON.stringify({
      repositories: [checkout.fetchUrl, ...checkout.urls].map((url) => ({ url, fetchFrom: checkout.fetchUrl })),
      clusters: clusters.map(({ name, folder }) => ({ name, snapshot: { path: folder, kinds: ['*'] } })),
      apps: bootstraps.map(({ name, path, cluster }) => ({
        name,
        source: { repository: checkout.fetchUrl, path: path === '' ? '.' : path },
        destination: { cluster, namespace: 'default' },
      })),
      discovery: {
        argocd: clusters.map(({ name, argocdNamespaces }) => ({
          cluster: name,
          namespaces: argocdNamespaces,
          allowedRepositories: allowed,
        })),
        // Flux's controllers let resources refer to other namespaces unless they are told not to.
        flux: clusters.map(({ name }) => ({
          cluster: name,
          allowedRepositories: allowed,
          crossNamespaceReferences: true,
        })),
      },
    }),
    NO_CONFIG.path,
  )
  const { commit } = checkout.head
  const repositories = made.repositories.map((entry) => ({ ...entry, commit }))
  const empty = emptyClusters(destinations, config?.clusters ?? [], emptyFolder).filter(
    ({ name }) => !clusters.some((one) => one.name === name),
  )
  const all = [...made.clusters, ...empty]
  if (config === undefined) return { ...made, clusters: all, repositories }
  const { discovery, apps } = made
  return {
    ...config,
    apps: [...config.apps, ...apps],
    clusters: all,
    discovery,
    repositories: [...repositories, ...config.repositories],
  }
}

/** Those of the config and those that apps go to: what would be deployed does not depend on what is there. */
function emptyClusters(
  destinations: readonly string[],
  configured: readonly ClusterSpec[],
  path: string,
): readonly ClusterSpec[] {
  const access = { type: 'snapshot', path, kinds: ['*'] } as const
  const known = configured.map(({ name, labels }) => ({ name, labels, access }))
  const others = destinations.filter((name) => !configured.some((one) => one.name === name))
  return [...known, ...others.map((name) => ({ name, labels: {}, access }))]
}
