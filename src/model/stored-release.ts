import type { Encrypted } from './encrypted.ts'

/** Desired state that comes from no source: what Helm's release storage says that it installed. */
export interface StoredRelease {
  /** Namespace and name of the release. */
  readonly namespace: string
  readonly release: string
  /** `release` of the storage Secret as Helm wrote it: JSON, gzip, base64. */
  readonly storage: Encrypted
}
