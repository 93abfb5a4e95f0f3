import { groupVersion } from '../../kubernetes/object.ts'
import { printJson } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { type DeclaringFile, declaresApps } from './find-resources.ts'

/** A repository for a hundred clusters has a hundred Kustomizations of one name. */
const MOST_CLUSTERS = 200

/** Identifies a resource, whatever the version of its API. */
export function resourceKey({ apiVersion, kind, metadata }: KubernetesObject): string {
  return JSON.stringify([groupVersion(apiVersion).group, kind, metadata.namespace ?? '', metadata.name])
}

/** A part of the repository in which each name is declared once, as in one cluster with controllers. */
export interface ControlCluster {
  readonly name: string
  /** '' where nothing had to be divided. */
  readonly folder: string
}

/**
 * Divides a repository that declares one name several times, each time otherwise, as those for several clusters do: where the paths of such
 * files part, each branch is a cluster of its own. What lies above is of all of them.
 * @param paths folders that were named as those of a cluster each; none: they are found out
 * @throws CodedError `GDE_TOO_LARGE`
 */
export function divideClusters(files: readonly DeclaringFile[], paths: readonly string[]): readonly ControlCluster[] {
  const branches = paths.length > 0 ? new Set(paths) : partingFolders(files)
  const folders = [...branches].filter((one) => ![...branches].some((other) => isBelow(other, one))).toSorted()
  if (folders.length > MOST_CLUSTERS)
    throw new CodedError('GDE_TOO_LARGE', `the repository declares for more than ${MOST_CLUSTERS} clusters`)
  if (folders.length === 0) return [{ name: 'repository', folder: '' }]
  return namesOfFolders(folders, 'repository').map((name, index) => ({ name, folder: folders[index] ?? '' }))
}

/** Names of letters, digits and `_.-` in the order of the folders, each of them once: `a/b` and `a-b` are two. */
export function namesOfFolders(folders: readonly string[], nameOfRoot: string): readonly string[] {
  const plain = folders.map(
    (folder) => folder.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || nameOfRoot,
  )
  const taken = new Set(plain)
  const numbers = new Map<string, number>()
  return plain.map((own) => {
    let number = (numbers.get(own) ?? 0) + 1
    let name = number === 1 ? own : `${own}-${number}`
    for (; number > 1 && taken.has(name); name = `${own}-${number}`) number += 1
    numbers.set(own, number)
    taken.add(name)
    return name
  })
}

/** The clusters that a path belongs to: those of its folder, else those that share most of its way, which may be all. */
export function clustersOf(path: string, clusters: readonly ControlCluster[]): readonly ControlCluster[] {
  const own = clusters.filter(({ folder }) => folder === path || isBelow(path, folder))
  if (own.length > 0) return own
  const deepest = Math.max(...clusters.map(({ folder }) => sharedDepth(path, folder)))
  return clusters.filter(({ folder }) => sharedDepth(path, folder) === deepest)
}

function sharedDepth(one: string, other: string): number {
  const [first, second] = [one.split('/'), other.split('/')]
  const parting = first.findIndex((segment, index) => segment !== second[index])
  return parting === -1 ? first.length : parting
}

export function isBelow(path: string, folder: string): boolean {
  return folder === '' ? path !== '' : path.startsWith(`${folder}/`)
}

function partingFolders(files: readonly DeclaringFile[]): ReadonlySet<string> {
  const byKey = new Map<string, { readonly file: string; readonly text: string }[]>()
  for (const { file, resources } of files)
    for (const resource of resources) {
      const key = resourceKey(resource)
      const same = byKey.get(key) ?? []
      same.push({ file, text: printJson(resource) })
      byKey.set(key, same)
    }
  const found = new Set<string>()
  for (const same of byKey.values()) {
    if (new Set(same.map(({ text }) => text)).size > 1)
      part(
        same.map(({ file }) => file),
        0,
        found,
      )
  }
  return found
}

/** Adds the branches that these files part into, from a depth of folders on. */
function part(files: readonly string[], depth: number, found: Set<string>): void {
  const branches = Map.groupBy(new Set(files), (file) =>
    file
      .split('/')
      .slice(0, depth + 1)
      .join('/'),
  )
  for (const [branch, inside] of branches) {
    if (branches.size > 1) found.add(branch)
    if (inside.length > 1) part(inside, depth + 1, found)
  }
}

/** A resource and who declares it: a file, or an app that renders it. */
export interface Declaration {
  readonly resource: KubernetesObject
  readonly by: string
}

export interface MergedDeclarations {
  readonly resources: readonly KubernetesObject[]
  /** What is declared several times, each time otherwise. */
  readonly conflicts: readonly string[]
}

/** One resource for each name: the first that declares it counts, and who declares it otherwise is told. */
export function mergeDeclarations(declarations: readonly Declaration[]): MergedDeclarations {
  const first = new Map<string, Declaration & { readonly text: string }>()
  const conflicts = new Set<string>()
  for (const declaration of declarations) {
    const key = resourceKey(declaration.resource)
    const text = printJson(withoutMarks(declaration.resource))
    const known = first.get(key)
    if (known === undefined) first.set(key, { ...declaration, text })
    else if (known.text !== text) {
      const { kind, metadata } = declaration.resource
      const name = [metadata.namespace, metadata.name].filter(Boolean).join('/')
      conflicts.add(`${kind} ${name}: ${declaration.by} declares it otherwise than ${known.by}, which counts`)
    }
  }
  return { resources: [...first.values()].map(({ resource }) => resource), conflicts: [...conflicts] }
}

/** What controllers put on all that they apply: labels and annotations that say whose it is. */
const MARK =
  /^(?:app\.kubernetes\.io\/instance|argocd\.argoproj\.io\/(?:tracking-id|installation-id)|(?:kustomize|helm)\.toolkit\.fluxcd\.io\/(?:name|namespace))$/

function withoutMarks({ metadata, ...resource }: KubernetesObject): JsonObject {
  const { labels, annotations, ...rest } = metadata
  const unmarked = (marks: Json | undefined): JsonObject =>
    isJsonObject(marks) ? Object.fromEntries(Object.entries(marks).filter(([name]) => !MARK.test(name))) : {}
  return { ...resource, metadata: { ...rest, labels: unmarked(labels), annotations: unmarked(annotations) } }
}

/** What files declare for one cluster. Apps of files that several share are in the first of them alone. */
export function fileDeclarations(
  cluster: ControlCluster,
  clusters: readonly ControlCluster[],
  files: readonly DeclaringFile[],
): readonly Declaration[] {
  return files.flatMap(({ file, resources }) => {
    const sharers = clustersOf(file, clusters)
    if (!sharers.includes(cluster)) return []
    return resources
      .filter((resource) => sharers[0] === cluster || !declaresApps(resource))
      .map((resource) => ({ resource, by: file }))
  })
}

/** How what an app read is known again. */
export function blobKey(path: string, oid: string): string {
  return `${oid} ${path}`
}
