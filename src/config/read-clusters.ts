import { labelKeyError, labelValueError } from '../kubernetes/labels.ts'
import type { ClusterAccess, ClusterSpec } from '../model/apps/inventory.ts'
import { pointerToken } from './config-document.ts'
import type { ParseContext } from './parse-context.ts'
import type { ClusterFile } from './schema.ts'

const ALTERNATIVES = ['kubeconfig', 'inCluster', 'snapshot'] as const

export function readClusters(clusters: readonly ClusterFile[], context: ParseContext): readonly ClusterSpec[] {
  reportDuplicates(clusters, '/clusters', 'cluster', context)
  return clusters.flatMap((cluster, index) => {
    const pointer = `/clusters/${index}`
    const labels = readLabels(cluster.labels, `${pointer}/labels`, context)
    const alternatives = ALTERNATIVES.filter((accessKey) => cluster[accessKey] !== undefined)
    const access = readAccess(cluster, context)
    if (alternatives.length !== 1 || access === undefined) {
      const found = alternatives.length === 0 ? 'none of them is given' : `${alternatives.join(' and ')} are given`
      context.reportIssue(pointer, `a cluster needs exactly one of kubeconfig, inCluster and snapshot, but ${found}`)
      return []
    }
    return [{ name: cluster.name, labels, access }]
  })
}

function readAccess(cluster: ClusterFile, context: ParseContext): ClusterAccess | undefined {
  if (cluster.kubeconfig !== undefined)
    return { type: 'kubeconfig', ...cluster.kubeconfig, path: context.absolute(cluster.kubeconfig.path) }
  if (cluster.inCluster !== undefined) return { type: 'inCluster' }
  if (cluster.snapshot !== undefined)
    return { type: 'snapshot', path: context.absolute(cluster.snapshot.path), kinds: cluster.snapshot.kinds }
  return undefined
}

/** Labels as Kubernetes takes them. */
export function readLabels(
  labels: Readonly<Record<string, string>> | undefined,
  pointer: string,
  context: ParseContext,
): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(labels ?? {})) {
    const at = `${pointer}/${pointerToken(key)}`
    const keyError = labelKeyError(key)
    if (keyError !== undefined) context.reportKeyIssue(at, `not a label key: ${keyError}`)
    const valueError = labelValueError(value)
    if (valueError !== undefined) context.reportIssue(at, `not a label value: ${valueError}`)
  }
  return labels ?? {}
}

/** Names have to be unique: reports the second and later ones. */
export function reportDuplicates(
  items: readonly { readonly name: string }[],
  pointer: string,
  what: string,
  context: ParseContext,
): void {
  const first = new Map<string, number>()
  for (const [index, { name }] of items.entries()) {
    const before = first.get(name)
    if (before === undefined) first.set(name, index)
    else
      context.reportIssue(
        `${pointer}/${index}/name`,
        `there is another ${what} of this name, number ${before + 1} in the list`,
      )
  }
}
