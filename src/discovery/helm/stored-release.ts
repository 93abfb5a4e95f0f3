import type { ConfidentialSecret } from '../../model/cluster.ts'
import type { Confidential } from '../../model/confidential.ts'

/** A release as its Secret in Helm's storage names it. */
export interface StoredRelease {
  readonly namespace: string
  readonly name: string
  /** From 1, up by one with each upgrade or rollback. */
  readonly version: number
  /** What Helm wrote: JSON, gzip, base64. */
  readonly content: Confidential
}

/**
 * What counts is what is installed, and what it is being upgraded or rolled back to: Helm notes that before it applies the first object,
 * and then waits for minutes until all of them are ready. When it fails, what was deployed before counts again.
 */
const COUNTING = ['deployed', 'pending-upgrade', 'pending-rollback']

export const RELEASE_SECRETS = {
  labelSelector: `owner=helm,status in (${COUNTING.join(',')})`,
  fieldSelector: 'type=helm.sh/release.v1',
} as const

/** What a Secret of Helm's storage says by name and labels alone; undefined when it is none of a release that counts. */
export function releaseVersion(
  name: string,
  labels: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly version: number } | undefined {
  const match = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(name)
  const [, release, version] = match ?? []
  const { owner, status } = labels
  if (release === undefined || owner !== 'helm' || typeof status !== 'string' || !COUNTING.includes(status))
    return undefined
  return { name: release, version: Number(version) }
}

/** Undefined when the Secret is none that Helm wrote. */
export function storedRelease(secret: ConfidentialSecret): StoredRelease | undefined {
  const version = releaseVersion(secret.name, secret.labels)
  const content = secret.data.release
  return version === undefined || content === undefined
    ? undefined
    : { ...version, namespace: secret.namespace, content }
}
