import type { ClusterAccess, ClusterSpec, Problem } from '../../../model/apps/inventory.ts'
import { CodedError, type Failure, toFailure } from '../../../model/failure.ts'
import { withoutUserInfo } from '../../../model/sources/repository-url.ts'
import type { RegisteredCluster } from '../../clusters/registered-cluster.ts'
import { type ClusterAccessOptions, clusterAccess } from './cluster-access.ts'
import { type ArgocdCluster, IN_CLUSTER_NAME, IN_CLUSTER_SERVER } from './cluster-secret.ts'

/** The destination cluster of an Application, as Argo CD resolves it. */
export interface ResolvedCluster {
  /** Name in this part of the inventory; without a Secret, the name or server of the Application. */
  readonly cluster: string
  readonly server: string
  /** As Argo CD calls it. */
  readonly name: string
}

/** The clusters that one Argo CD knows. */
export interface ArgocdClusters {
  readonly registered: readonly RegisteredCluster[]
  /**
   * Clusters of project-scoped Secrets: only that project's apps go there, and they are never merged with other
   * clusters.
   */
  readonly scoped: readonly ClusterSpec[]
  readonly problems: readonly Problem[]
  /** @throws CodedError `GDE_CLUSTER_UNKNOWN`, `GDE_NOT_PERMITTED`, `GDE_ARGOCD_INVALID`, why its Secret cannot be used */
  resolve(destination: { readonly server: string; readonly name: string }, project: string): ResolvedCluster
  scopedOf(project: string): readonly { readonly name: string; readonly server: string }[]
}

export interface ArgocdClustersOptions extends Omit<ClusterAccessOptions, 'isScoped'> {
  /** The cluster that Argo CD runs in. */
  readonly control: string
  readonly inClusterEnabled: boolean
}

interface NamedCluster {
  readonly secret: ArgocdCluster
  /** In this part of the inventory. */
  readonly name: string
  /** Without a slash at the end. */
  readonly server: string
  readonly project: string
  /** Absent for the cluster that Argo CD runs in: it is reached as the config file says, whatever a Secret says of it. */
  readonly access: ClusterAccess | { readonly failure: Failure } | undefined
}

/** @param secrets cluster Secrets of Argo CD's namespace */
export function createArgocdClusters(
  secrets: readonly ArgocdCluster[],
  options: ArgocdClustersOptions,
): ArgocdClusters {
  const known = nameClusters(secrets, options)
  const unscoped = known.filter(({ project }) => project === '')
  return {
    registered: unscoped.map(({ secret, name, server, access }) => ({
      name,
      server,
      labels: secret.facts.labels,
      ...(access !== undefined && { access }),
      ...scopeOf(secret),
    })),
    scoped: known.flatMap(({ secret, name, project, access }) =>
      project === '' || access === undefined || 'failure' in access
        ? []
        : [{ name, labels: secret.facts.labels, access, ...scopeOf(secret) }],
    ),
    problems: known.flatMap(({ name, access }) =>
      access !== undefined && 'failure' in access ? [{ subject: `cluster ${name}`, failure: access.failure }] : [],
    ),
    resolve: (destination, project) => resolve(destination, project, known, options),
    scopedOf: (project) =>
      known
        .filter((one) => one.project === project && project !== '')
        .map(({ secret, server }) => ({ name: secret.facts.name, server })),
  }
}

/**
 * Of several clusters with one name, the first in the order of the Secrets' names gets it; the others are named after
 * their Secrets.
 */
function nameClusters(secrets: readonly ArgocdCluster[], options: ArgocdClustersOptions): readonly NamedCluster[] {
  const taken = new Set<string>()
  const sorted = secrets.toSorted((one, other) => (one.facts.secretName < other.facts.secretName ? -1 : 1))
  return sorted.map((secret) => {
    const { name, namespace, secretName, project } = secret.facts
    const server = serverName(secret.facts.server)
    const isInCluster = server === IN_CLUSTER_SERVER
    const isPlain = project === '' && isUsableName(name) && !taken.has(name)
    const own = isPlain ? name : [options.control, namespace, secretName].join('/')
    if (!isInCluster) taken.add(own)
    return {
      secret,
      name: isInCluster ? options.control : own,
      server,
      project,
      access: isInCluster ? undefined : accessOf(secret, options, project !== ''),
    }
  })
}

/** '|' separates the parts of an app ID; control and format characters would be misleading on pages and in labels. */
function isUsableName(name: string): boolean {
  return name !== '' && name.length <= 253 && !/[|\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)
}

function accessOf(
  secret: ArgocdCluster,
  options: ArgocdClustersOptions,
  isScoped: boolean,
): Exclude<NamedCluster['access'], undefined> {
  const { access, facts } = secret
  if ('failure' in access) return access
  try {
    return clusterAccess(access, { ...options, isScoped })
  } catch (error) {
    const { message, ...failure } = toFailure(error)
    return { failure: { ...failure, message: `cluster Secret ${facts.namespace}/${facts.secretName}: ${message}` } }
  }
}

function scopeOf({ namespaces, clusterResources }: ArgocdCluster): Pick<ClusterSpec, 'scope'> {
  return namespaces.length === 0 ? {} : { scope: { namespaces, clusterResources } }
}

function resolve(
  { server, name }: { readonly server: string; readonly name: string },
  project: string,
  known: readonly NamedCluster[],
  options: ArgocdClustersOptions,
): ResolvedCluster {
  if (server !== '' && name !== '')
    throw new CodedError('GDE_ARGOCD_INVALID', 'spec.destination has both name and server')
  if (server === '' && name === '')
    throw new CodedError('GDE_ARGOCD_INVALID', 'spec.destination has neither name nor server')
  const candidates =
    name === ''
      ? known.filter((one) => one.server === serverName(server))
      : known.filter(({ secret }) => secret.facts.name === name && !secret.facts.broken)
  const servers = new Set(candidates.map((one) => one.server))
  if (servers.size > 1)
    throw new CodedError('GDE_CLUSTER_UNKNOWN', `${servers.size} clusters have the name ${JSON.stringify(name)}`)
  const [found] = servers
  const isInCluster =
    found === IN_CLUSTER_SERVER ||
    serverName(server) === IN_CLUSTER_SERVER ||
    (found === undefined && name === IN_CLUSTER_NAME)
  if (isInCluster) return inCluster(candidates[0], options)
  if (found === undefined) return unregistered(server, name)
  return choose(candidates, project)
}

function inCluster(
  secret: NamedCluster | undefined,
  { control, inClusterEnabled }: ArgocdClustersOptions,
): ResolvedCluster {
  if (!inClusterEnabled)
    throw new CodedError('GDE_CLUSTER_UNKNOWN', 'the cluster that Argo CD runs in is disabled by argocd-cm')
  return { cluster: control, server: IN_CLUSTER_SERVER, name: secret?.secret.facts.name || IN_CLUSTER_NAME }
}

/** Argo CD would refuse it. The config file may still name it, where cluster Secrets cannot be read or are not used. */
function unregistered(server: string, name: string): ResolvedCluster {
  const named = name === '' ? serverName(server) : name
  return { cluster: named, server: serverName(server) || named, name: named }
}

/** The project's own Secret, else one for all. */
function choose(candidates: readonly NamedCluster[], project: string): ResolvedCluster {
  const chosen =
    candidates.find((one) => one.project === project && project !== '') ?? candidates.find((one) => one.project === '')
  const [first] = candidates
  if (chosen === undefined)
    throw new CodedError(
      'GDE_NOT_PERMITTED',
      `the cluster ${first?.server ?? ''} is registered for the project ${JSON.stringify(first?.project)} alone`,
    )
  if (chosen.project !== '' && chosen.access !== undefined && 'failure' in chosen.access) {
    const { code, message, ...where } = chosen.access.failure
    throw new CodedError(code, message, where)
  }
  return { cluster: chosen.name, server: chosen.server, name: chosen.secret.facts.name }
}

/** A server as it is compared and shown: user info is no part of it. */
function serverName(url: string): string {
  return withoutUserInfo(url).replace(/\/+$/, '')
}
