import type { AccountPermission, ServiceAccount } from '../../model/apps/permission.ts'
import type { ConfidentialSecret } from '../../model/clusters/cluster.ts'
import type { Confidential } from '../../model/confidential.ts'
import type { Encrypted } from '../../model/encrypted.ts'
import { CodedError, type Failure, fromFailure } from '../../model/failure.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { FluxDiscoverySettings, Settings } from '../../model/settings.ts'
import type { StoredRelease } from '../helm/stored-release.ts'
import type { ControllerFlags, FluxController } from './controller-flags.ts'

/** The object of a reference, that it is absent, or why it cannot be read. */
export type LookupResult<T> = 'absent' | { readonly found: T } | { readonly failure: Failure }

export const CHART_SOURCE_KINDS = [
  'HelmChart',
  'HelmRepository',
  'OCIRepository',
  'Bucket',
  'ExternalArtifact',
] as const
export type ChartSourceKind = (typeof CHART_SOURCE_KINDS)[number]

/**
 * Flux's resources of one control cluster and the objects that they refer to, at one moment. Mapping them makes no
 * requests.
 */
export interface FluxSnapshot {
  /** Name of the cluster. */
  readonly control: string
  readonly kustomizations: readonly KubernetesObject[]
  readonly helmReleases: readonly KubernetesObject[]
  gitRepository(namespace: string, name: string): LookupResult<KubernetesObject>
  /** Where charts and artifacts of registries are declared. */
  chartSource(kind: ChartSourceKind, namespace: string, name: string): LookupResult<KubernetesObject>
  /** By their names: charts' dependencies are read with the credentials of one that has their URL. */
  helmRepositories(namespace: string): readonly KubernetesObject[]
  configMap(namespace: string, name: string): LookupResult<KubernetesObject>
  secret(namespace: string, name: string): LookupResult<ConfidentialSecret>
  /** The deployed release of that name in a storage namespace of a cluster. */
  release(cluster: string, namespace: string, name: string): LookupResult<StoredRelease>
  /** What a service account may get in a cluster. */
  permission(cluster: string, account: ServiceAccount): AccountPermission
  /** What the controllers of the cluster are told by their flags. */
  readonly controllers: Readonly<Record<FluxController, ControllerFlags>>
  /** What is in the files of the config's `decryption.keys`, by path. */
  readonly keys: ReadonlyMap<string, Confidential | Failure>
}

/** What the config file lets resources do. */
export type FluxRules = Pick<
  FluxDiscoverySettings,
  'allowedRepositories' | 'trustedUrls' | 'artifactUrls' | 'crossNamespaceReferences' | 'controllerNamespace'
>

/** What mapping needs besides the resource. */
export interface FluxContext {
  readonly snapshot: FluxSnapshot
  readonly settings: Settings
  readonly rules: FluxRules
  readonly encrypt: (value: Confidential) => Encrypted
}

/** @throws CodedError `GDE_FLUX_REFERENCE` when it is absent, or why it cannot be read */
export function requireFound<T>(lookup: LookupResult<T>, what: string): T {
  const value = foundOrUndefined(lookup)
  if (value === undefined) throw new CodedError('GDE_FLUX_REFERENCE', `${what} is not there`)
  return value
}

/**
 * The same for what no file of a repository declares in the clear, or at all: Secrets, releases, what controllers make.
 * @throws CodedError `GDE_FLUX_CLUSTER_REFERENCE` when it is absent, or why it cannot be read
 */
export function requireInCluster<T>(lookup: LookupResult<T>, what: string): T {
  const value = foundOrUndefined(lookup)
  if (value === undefined) throw new CodedError('GDE_FLUX_CLUSTER_REFERENCE', `${what} is not there`)
  return value
}

/** @throws CodedError why it cannot be read */
export function foundOrUndefined<T>(lookup: LookupResult<T>): T | undefined {
  if (lookup === 'absent') return undefined
  if ('failure' in lookup) throw fromFailure(lookup.failure)
  return lookup.found
}
