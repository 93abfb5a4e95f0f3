import type { Encrypted } from '../encrypted.ts'
import type { Failure } from '../failure.ts'
import type { JsonObject } from '../json.ts'
import type { FluxValues } from './flux.ts'

/** Desired state without a source: the manifest of the release in Helm's storage. */
export interface StoredRelease {
  /** Namespace and name of the release. */
  readonly namespace: string
  readonly release: string
  /** `release` of the storage Secret as Helm wrote it: JSON, gzip, base64. */
  readonly storage: Encrypted
}

/** The newest revision in Helm's storage, whether it counts or not. */
export interface NewestRevision {
  readonly version: number
  /** In Helm's words: `deployed`, `failed`, `pending-upgrade` … */
  readonly status: string
}

/**
 * What a HelmRelease declares of a release whose chart is not rendered here: it is compared with what Helm stored of the installation, by
 * the rule by which helm-controller decides whether to upgrade (`DetermineReleaseState`).
 */
export interface DeclaredRelease {
  /** The HelmRelease. */
  readonly name: string
  readonly namespace: string
  readonly chart: DeclaredChart
  readonly values: JsonObject
  /** Or why they cannot be read: then whether the values are those installed is unknown. */
  readonly valuesFrom: readonly FluxValues[] | Failure
  readonly newest: NewestRevision
  /** The revision that the controller made last, by its history; absent where it has none. */
  readonly observed?: ObservedRevision
  /** Fields of the spec that changed since the controller last looked, by its digests; JSON pointers. */
  readonly changed: readonly string[]
  /** Such of which it cannot be told, for the controller recorded no digest. */
  readonly undetermined: readonly string[]
}

/** The newest entry of a HelmRelease's `status.history`. */
export interface ObservedRevision {
  readonly version: number
  /**
   * Over what Helm stored then, `ALGORITHM:HEX`; absent where the entry is of a controller before 1.5, whose digests are made otherwise and
   * are not looked at by later ones.
   */
  readonly digest?: string
  /** Of the artifact that the chart came from; '' where it is none. */
  readonly ociDigest: string
}

export interface DeclaredChart {
  /** Its name; absent where an OCI artifact says it. */
  readonly name?: string
  /** A version or a range; absent where it is not known which. */
  readonly version?: string
  /** JSON pointers to where the HelmRelease declares these. */
  readonly namePath: string
  readonly versionPath: string
  /** What stands behind the plus sign of an installed version is a controller's: a digest, or a generation. */
  readonly ignoreMetadata: boolean
  /** The digest of the artifact that is declared, as `sha256:…`. */
  readonly digest?: string
}
