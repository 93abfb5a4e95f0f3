import { labelKeyFault, labelValueFault } from '../kubernetes/labels.ts'
import type { ClusterAccess, ClusterSpec } from '../model/inventory.ts'
import { pointerToken } from './config-document.ts'
import type { Reading } from './reading.ts'
import type { ClusterFile } from './schema.ts'

const WAYS = ['kubeconfig', 'inCluster', 'snapshot'] as const

export function readClusters(clusters: readonly ClusterFile[], reading: Reading): readonly ClusterSpec[] {
  complainOfTwins(clusters, '/clusters', 'cluster', reading)
  return clusters.flatMap((cluster, index) => {
    const pointer = `/clusters/${index}`
    const labels = readLabels(cluster.labels, `${pointer}/labels`, reading)
    const ways = WAYS.filter((way) => cluster[way] !== undefined)
    const access = readAccess(cluster, reading)
    if (ways.length !== 1 || access === undefined) {
      const found = ways.length === 0 ? 'none of them is given' : `${ways.join(' and ')} are given`
      reading.complain(pointer, `a cluster needs exactly one of kubeconfig, inCluster and snapshot, but ${found}`)
      return []
    }
    return [{ name: cluster.name, labels, access }]
  })
}

function readAccess(cluster: ClusterFile, reading: Reading): ClusterAccess | undefined {
  if (cluster.kubeconfig !== undefined)
    return { type: 'kubeconfig', ...cluster.kubeconfig, path: reading.absolute(cluster.kubeconfig.path) }
  if (cluster.inCluster !== undefined) return { type: 'inCluster' }
  if (cluster.snapshot !== undefined)
    return { type: 'snapshot', path: reading.absolute(cluster.snapshot.path), kinds: cluster.snapshot.kinds ?? [] }
  return undefined
}

/** Labels as Kubernetes takes them. */
export function readLabels(
  labels: Readonly<Record<string, string>> | undefined,
  pointer: string,
  reading: Reading,
): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(labels ?? {})) {
    const at = `${pointer}/${pointerToken(key)}`
    const keyFault = labelKeyFault(key)
    if (keyFault !== undefined) reading.complainOfKey(at, `not a label key: ${keyFault}`)
    const valueFault = labelValueFault(value)
    if (valueFault !== undefined) reading.complain(at, `not a label value: ${valueFault}`)
  }
  return labels ?? {}
}

/** Each name once; the second and later ones are complained about. */
export function complainOfTwins(
  items: readonly { readonly name: string }[],
  pointer: string,
  what: string,
  reading: Reading,
): void {
  const first = new Map<string, number>()
  for (const [index, { name }] of items.entries()) {
    const before = first.get(name)
    if (before === undefined) first.set(name, index)
    else
      reading.complain(
        `${pointer}/${index}/name`,
        `there is another ${what} of this name, number ${before + 1} in the list`,
      )
  }
}
