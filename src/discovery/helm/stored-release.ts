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

export const RELEASE_SECRETS = {
  labelSelector: 'owner=helm,status=deployed',
  fieldSelector: 'type=helm.sh/release.v1',
} as const

/** What a Secret of Helm's storage says by name and labels alone; undefined when it is none of a deployed release. */
export function releaseVersion(
  name: string,
  labels: Readonly<Record<string, unknown>>,
): { readonly name: string; readonly version: number } | undefined {
  const match = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(name)
  const [, release, version] = match ?? []
  if (release === undefined || labels.owner !== 'helm' || labels.status !== 'deployed') return undefined
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
