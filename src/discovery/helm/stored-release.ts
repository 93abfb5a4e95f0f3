import type { ConfidentialSecret } from '../../model/clusters/cluster.ts'
import type { Confidential } from '../../model/confidential.ts'
import type { NewestRevision } from '../../model/sources/stored-release.ts'

/** A release as its Secret in Helm's storage names it. */
export interface StoredRelease {
  readonly namespace: string
  readonly name: string
  /** From 1, up by one with each upgrade or rollback. */
  readonly version: number
  readonly status: ReleaseStatus
  /** The newest revision that is deployed, failed or pending; a failed one does not count while an earlier one is deployed. */
  readonly newest: NewestRevision
  /** What Helm wrote: JSON, gzip, base64. */
  readonly content: Confidential
  /** The same of the revision that was deployed before; Helm deletes what only its manifest has. */
  readonly before?: Confidential
}

/**
 * The desired state is the deployed release, or the one that is being upgraded or rolled back to: Helm stores it
 * before it applies the first object, and may then wait for minutes until all are ready. When that fails, the release
 * deployed before counts again.
 */
const COUNTED_STATUSES = ['deployed', 'pending-upgrade', 'pending-rollback'] as const
/** Where nothing of these was ever deployed, the first installation failed or hangs: `helm list` shows such, too. */
const NEVER_DEPLOYED = ['failed', 'pending-install'] as const
/** Was deployed, until the next revision was. */
const SUPERSEDED = 'superseded'

export type ReleaseStatus = (typeof COUNTED_STATUSES)[number] | (typeof NEVER_DEPLOYED)[number]
const STATUSES: readonly ReleaseStatus[] = [...COUNTED_STATUSES, ...NEVER_DEPLOYED]

export const RELEASE_SECRETS = {
  labelSelector: `owner=helm,status in (${STATUSES.join(',')})`,
  fieldSelector: 'type=helm.sh/release.v1',
} as const

/** A Secret of Helm's storage, as its name and labels name it. */
export interface ReleaseVersion {
  readonly name: string
  readonly version: number
  readonly status: ReleaseStatus
}

/** What a Secret of Helm's storage says by name and labels alone; undefined when it is none of a release that counts. */
export function releaseVersion(name: string, labels: Readonly<Record<string, unknown>>): ReleaseVersion | undefined {
  const match = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(name)
  const [, release, version] = match ?? []
  const { owner } = labels
  const status = STATUSES.find((known) => known === labels.status)
  if (release === undefined || owner !== 'helm' || status === undefined) return undefined
  return { name: release, version: Number(version), status }
}

/** Whether `one` tells more of the release than `other`: whatever was deployed does, then the newer one. */
export function outranks(one: Omit<ReleaseVersion, 'name'>, other: Omit<ReleaseVersion, 'name'>): boolean {
  const [counts, otherCounts] = [isCounting(one.status), isCounting(other.status)]
  return counts === otherCounts ? one.version > other.version : counts
}

export function isCounting(status: ReleaseStatus): boolean {
  return COUNTED_STATUSES.some((known) => known === status)
}

/** Whether the Secret holds a revision that was deployed once, or is. */
export function wasDeployed({ labels }: ConfidentialSecret): boolean {
  return labels.status === SUPERSEDED || labels.status === 'deployed'
}

export function releaseSecretName(name: string, version: number): string {
  return `sh.helm.release.v1.${name}.v${version}`
}

/** Undefined when the Secret is none that Helm wrote. */
export function storedRelease(secret: ConfidentialSecret, newest: NewestRevision): StoredRelease | undefined {
  const version = releaseVersion(secret.name, secret.labels)
  const content = secret.data.release
  return version === undefined || content === undefined
    ? undefined
    : { ...version, namespace: secret.namespace, newest, content }
}
