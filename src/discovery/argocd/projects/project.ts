import type { KindPattern, KindPermission, NamespaceRule, ProjectPermission } from '../../../model/apps/permission.ts'
import type { JsonObject } from '../../../model/json.ts'
import { normalizeGitUrl, type RepositoryKey } from '../../../model/sources/repository-key.ts'
import { denyGlob, isDenyPattern } from '../../../text/deny-glob.ts'
import { namespaceTest } from '../../../text/namespace-rules.ts'
import {
  type Fields,
  fieldsOf,
  readObject,
  readObjects,
  readOptionalFlag,
  readText,
  readTexts,
} from '../../fields/fields.ts'
import { type DeclaredWindow, readSyncWindows } from './sync-windows.ts'

/** What an AppProject permits. In every list a pattern that begins with `!` denies. */
export interface Project {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly sourceRepos: readonly string[]
  readonly destinations: readonly ProjectDestination[]
  readonly sourceNamespaces: readonly string[]
  readonly permitOnlyProjectScopedClusters: boolean
  readonly namespaced: KindPermission
  readonly clusterScoped: KindPermission
  readonly syncWindows: readonly DeclaredWindow[]
}

export interface ProjectDestination {
  readonly server: string
  readonly name: string
  readonly namespace: string
}

/** A destination as it was resolved: the cluster that Argo CD knows by this server and name. */
export interface ResolvedDestination {
  readonly server: string
  readonly name: string
  readonly namespace: string
}

/** @throws CodedError `GDE_ARGOCD_INVALID` naming the field */
export function readProject(resource: JsonObject): Project {
  const metadata = readObject(fieldsOf(resource, 'GDE_ARGOCD_INVALID'), 'metadata')
  const spec = readObject(fieldsOf(resource, 'GDE_ARGOCD_INVALID'), 'spec')
  return {
    name: readText(metadata, 'name'),
    labels: labelsOf(metadata),
    sourceRepos: readTexts(spec, 'sourceRepos'),
    destinations: readObjects(spec, 'destinations').map((one) => ({
      server: readText(one, 'server'),
      name: readText(one, 'name'),
      namespace: readText(one, 'namespace'),
    })),
    sourceNamespaces: readTexts(spec, 'sourceNamespaces'),
    permitOnlyProjectScopedClusters: readOptionalFlag(spec, 'permitOnlyProjectScopedClusters') ?? false,
    namespaced: {
      // Without a list every kind is permitted, with an empty one none is.
      ...(spec.value.namespaceResourceWhitelist != null && {
        allowed: kindPatterns(spec, 'namespaceResourceWhitelist'),
      }),
      denied: kindPatterns(spec, 'namespaceResourceBlacklist'),
    },
    clusterScoped: {
      allowed: kindPatterns(spec, 'clusterResourceWhitelist'),
      denied: kindPatterns(spec, 'clusterResourceBlacklist'),
    },
    syncWindows: readSyncWindows(spec),
  }
}

function kindPatterns(spec: Fields, key: string): readonly KindPattern[] {
  return readObjects(spec, key).map((one) => {
    const name = key.startsWith('cluster') ? readText(one, 'name') : ''
    return { group: readText(one, 'group'), kind: readText(one, 'kind'), ...(name !== '' && { name }) }
  })
}

function labelsOf(metadata: Fields): Readonly<Record<string, string>> {
  const labels = readObject(metadata, 'labels')
  return Object.fromEntries(Object.keys(labels.value).map((key) => [key, readText(labels, key)]))
}

/** Some pattern must match, and no denying one may (IsSourcePermitted). In URLs `*` stops at '/'. */
export function isSourcePermitted(project: Project, url: RepositoryKey): boolean {
  let permitted = false
  for (const pattern of project.sourceRepos) {
    const denies = isDenyPattern(pattern)
    const normalPattern = denies ? `!${normalizeGitUrl(pattern.slice(1))}` : normalizeGitUrl(pattern)
    // A denying pattern matches what it does not deny, and that counts as permitted (globMatch with negation).
    if (denyGlob(normalPattern, '/').test(url)) permitted = true
    else if (denies) return false
  }
  return permitted
}

/** Whether a denying pattern matches it. */
export function isSourceDenied(project: Project, url: RepositoryKey): boolean {
  return project.sourceRepos.some(
    (pattern) => isDenyPattern(pattern) && denyGlob(normalizeGitUrl(pattern.slice(1)), '/').test(url),
  )
}

/**
 * Some entry must match server or name, and the namespace; what a denying part of an entry names is refused
 * (isDestinationMatched).
 * @param scopedClusters the clusters whose Secrets name this project
 */
export function isDestinationPermitted(
  project: Project,
  destination: ResolvedDestination,
  scopedClusters: readonly { readonly name: string; readonly server: string }[],
): boolean {
  const permitted = namespaceTest(namespaceRules(project, destination))(destination.namespace)
  if (!permitted || !project.permitOnlyProjectScopedClusters) return permitted
  return scopedClusters.some(({ name, server }) => name === destination.name || server === destination.server)
}

/** What the project's destinations say of the namespaces of one cluster, in their order. */
function namespaceRules(
  { destinations }: Project,
  { server, name }: Omit<ResolvedDestination, 'namespace'>,
): readonly NamespaceRule[] {
  return destinations.map((entry) => {
    const byName = name !== '' && denyGlob(entry.name).test(name)
    const byServer = server !== '' && denyGlob(entry.server).test(server)
    const deniesName = !byName && isDenyPattern(entry.name)
    const deniesServer = !byServer && isDenyPattern(entry.server)
    return {
      pattern: entry.namespace,
      whenMatching: byServer || byName ? 'permit' : deniesName || deniesServer ? 'deny' : 'ignore',
      otherwise: deniesName || (byServer && isDenyPattern(entry.namespace)) ? 'deny' : 'ignore',
    }
  })
}

const permissions = new WeakMap<Project, Map<string, ProjectPermission>>()

/** What the project permits of objects in one cluster; the same object for all apps that go there. */
export function objectPermission(project: Project, cluster: Omit<ResolvedDestination, 'namespace'>): ProjectPermission {
  const ofProject = permissions.get(project) ?? new Map<string, ProjectPermission>()
  permissions.set(project, ofProject)
  const key = `${cluster.server}\n${cluster.name}`
  const known = ofProject.get(key)
  if (known !== undefined) return known
  const { name, namespaced, clusterScoped } = project
  const made: ProjectPermission = {
    by: 'project',
    project: name,
    namespaces: namespaceRules(project, cluster),
    namespaced,
    clusterScoped,
  }
  ofProject.set(key, made)
  return made
}
