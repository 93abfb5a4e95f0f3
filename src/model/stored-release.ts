import type { Encrypted } from './encrypted.ts'

/** Desired state without a source: the manifest of the release in Helm's storage. */
export interface StoredRelease {
  /** Namespace and name of the release. */
  readonly namespace: string
  readonly release: string
  /** `release` of the storage Secret as Helm wrote it: JSON, gzip, base64. */
  readonly storage: Encrypted
}
