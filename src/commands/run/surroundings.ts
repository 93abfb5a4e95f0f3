import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { textOf } from '../../clusters/server/credentials/kubeconfig-fields.ts'
import { readSmallFile } from '../../clusters/server/credentials/small-file.ts'
import { parseConfig } from '../../config/load-config.ts'
import type { ClusterSpec, Problem } from '../../model/apps/inventory.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { DiscoverySettings, Settings } from '../../model/settings.ts'
import type { FoundInCluster, probeCluster } from './probe-cluster.ts'

/** Where the process runs. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly home: string
}

export const SURROUNDINGS: Surroundings = { environment: process.env, home: homedir() }

/** Nobody has said what to look at. */
export function isUnconfigured({ apps, discovery: { argocd, flux, helm } }: Settings): boolean {
  return apps.length + argocd.length + flux.length + helm.length === 0
}

/**
 * Settings whose discovery is what is there: in the clusters of the config, or else in the one that the process runs in or that the current
 * kubeconfig leads to. What was found, and what lacks a right, is in `found`. Settings that name apps or discovery are left as they are.
 */
export async function lookAround(
  settings: Settings,
  signal: AbortSignal,
  surroundings: Surroundings = SURROUNDINGS,
): Promise<Settings> {
  if (!isUnconfigured(settings)) return settings
  try {
    const { clusters, where } = await clustersOf(settings, surroundings)
    const found = await Promise.all(
      clusters.map(async (cluster) => ({
        cluster,
        found: await probe(cluster, surroundings.environment, signal),
      })),
    )
    return {
      ...settings,
      clusters,
      discovery: discoveryOf(found, settings.file),
      found: [notice('config', where), ...found.flatMap((one) => one.found.problems)],
    }
  } catch (error) {
    return { ...settings, found: [{ subject: 'config', failure: toFailure(error) }] }
  }
}

/** Where the config says what to look at, this thread needs none of what connects to clusters. */
async function probe(...given: Parameters<typeof probeCluster>): Promise<FoundInCluster> {
  const { probeCluster } = await import('./probe-cluster.ts')
  return probeCluster(...given)
}

function notice(subject: string, message: string): Problem {
  return { subject, failure: zeroConfig(message) }
}

const zeroConfig = (message: string): Failure => ({ code: 'GDE_ZERO_CONFIG', message })

interface OwnClusters {
  readonly clusters: readonly ClusterSpec[]
  /** In words. */
  readonly where: string
}

async function clustersOf(settings: Settings, surroundings: Surroundings): Promise<OwnClusters> {
  const start = 'neither apps nor discovery are configured, so it looks'
  if (settings.clusters.length > 0)
    return { clusters: settings.clusters, where: `${start} into the clusters of the config` }
  const { environment } = surroundings
  if (environment.KUBERNETES_SERVICE_HOST !== undefined && environment.KUBERNETES_SERVICE_HOST !== '')
    return {
      clusters: [{ name: 'in-cluster', labels: {}, access: { type: 'inCluster' } }],
      where: `${start} into the cluster that it runs in`,
    }
  const path = await kubeconfigPath(surroundings)
  if (typeof path !== 'string') return { clusters: [], where: path.message }
  const { parseKubeconfig } = await import('../../clusters/server/credentials/kubeconfig.ts')
  const context = textOf(parseKubeconfig(await readSmallFile(path, 'the kubeconfig'), path), 'current-context') ?? ''
  if (context === '') return { clusters: [], where: `${path} has no current-context: name a cluster in the config` }
  return {
    clusters: [{ name: context, labels: {}, access: { type: 'kubeconfig', path, context } }],
    where: `${start} into the cluster of the context ${JSON.stringify(context)} of ${path}`,
  }
}

/** As kubectl finds it, but for several files at once. */
async function kubeconfigPath({ environment, home }: Surroundings): Promise<string | Failure> {
  const named = (environment.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '')
  if (named.length > 1) return zeroConfig('KUBECONFIG names several files: name the cluster in the config')
  const path = resolve(named[0] ?? join(home, '.kube/config'))
  try {
    await access(path)
    return path
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return zeroConfig(
      `neither apps nor discovery are configured, and there is no cluster here: this is no pod, and ${path} is not there`,
    )
  }
}

/** Entries with the defaults of the config. */
function discoveryOf(
  probed: readonly { readonly cluster: ClusterSpec; readonly found: FoundInCluster }[],
  file: string,
): DiscoverySettings {
  const named = probed.map(({ found }, index) => ({ found, name: `c${index}` }))
  const config = {
    clusters: named.map(({ name }) => ({ name, inCluster: true })),
    discovery: {
      argocd: named.flatMap(({ name, found }) =>
        found.argocdNamespaces.map((namespace) => ({ cluster: name, namespaces: [namespace] })),
      ),
      flux: named.filter(({ found }) => found.flux).map(({ name }) => ({ cluster: name })),
      helm: named.filter(({ found }) => found.helm).map(({ name }) => ({ cluster: name })),
    },
  }
  const { argocd, flux, helm } = parseConfig(JSON.stringify(config), file).discovery
  // Contexts may have names that the config does not take.
  const renamed = <Entry extends { readonly cluster: string }>(entry: Entry): Entry => ({
    ...entry,
    cluster: probed[Number(entry.cluster.slice(1))]?.cluster.name ?? entry.cluster,
  })
  return { argocd: argocd.map(renamed), flux: flux.map(renamed), helm: helm.map(renamed) }
}
