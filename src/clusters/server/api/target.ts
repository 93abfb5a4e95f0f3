import type { ServedKind } from '../../../model/clusters/cluster.ts'
import { type GroupKind, groupKindText, type ObjectKey } from '../../../model/object.ts'

/** One kind in one namespace or in all: what a list or watch is about. */
export interface Target {
  readonly served: ServedKind
  /** Undefined is the whole cluster. */
  readonly namespace: string | undefined
  readonly selectors: Readonly<Record<string, string>>
  readonly metadataOnly: boolean
}

export function versionOf(served: ServedKind): string {
  const version = served.versions[0]
  if (version === undefined) throw new Error(`${groupKindText(served)} has no version`)
  return version
}

export function apiVersionOf(served: ServedKind): string {
  return served.group === '' ? versionOf(served) : `${served.group}/${versionOf(served)}`
}

export function collectionPath(served: ServedKind, namespace: string | undefined): string {
  const root = served.group === '' ? '/api' : `/apis/${encodeURIComponent(served.group)}`
  const scope = namespace === undefined || !served.namespaced ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${root}/${encodeURIComponent(versionOf(served))}${scope}/${encodeURIComponent(served.resource)}`
}

export function objectPath(served: ServedKind, key: ObjectKey): string {
  return `${collectionPath(served, key.namespace)}/${encodeURIComponent(key.name)}`
}

/**
 * What is accepted of objects whose metadata are enough. Whoever does not know the first sends the second
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources).
 */
export function metadataOf(what: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): string {
  return `application/json;as=${what};g=meta.k8s.io;v=v1,application/json`
}

/** `pods`, `deployments.apps in shop`: for messages. */
export function subjectOf(served: ServedKind, namespace?: string): string {
  const name = served.group === '' ? served.resource : `${served.resource}.${served.group}`
  return namespace === undefined || namespace === '' || !served.namespaced ? name : `${name} in ${namespace}`
}

/** Whether a server behind the API server may answer: groups of Kubernetes' own without a dot never come from one. */
export function mayBeAggregated({ group }: GroupKind): boolean {
  return group.includes('.')
}
