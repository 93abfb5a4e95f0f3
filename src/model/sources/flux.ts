import type { Encrypted } from '../encrypted.ts'
import type { JsonObject } from '../json.ts'

/** The artifact that source-controller makes of a GitRepository: the files that the other controllers of Flux read. */
export interface FluxArtifact {
  /** Index into the sources of the app. */
  readonly source: number
  /** `spec.ignore`, in the format of `.sourceignore`. */
  readonly ignore: string
  /** `spec.sparseCheckout`; empty is everything. */
  readonly sparse: readonly string[]
  /** Submodules are fetched too, which is not supported: what lies in one cannot be rendered. Otherwise they are empty folders. */
  readonly submodules: boolean
  readonly includes: readonly { readonly artifact: FluxArtifact; readonly from: string; readonly to: string }[]
  /** A chart's archive: all that is in it, whatever a `.sourceignore` or `.helmignore` in it says. */
  readonly isPacked?: true
}

export interface FluxPatch {
  readonly patch: string
  readonly target?: Readonly<Record<string, string>>
}

export interface FluxImage {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly digest?: string
}

export interface FluxCommonMetadata {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** A Kustomization, with the names of its spec. */
export interface FluxSourceOptions {
  readonly tool: 'flux'
  readonly artifact: FluxArtifact
  readonly name: string
  readonly namespace: string
  readonly spec: {
    readonly targetNamespace?: string
    readonly namePrefix?: string
    readonly nameSuffix?: string
    readonly patches: readonly FluxPatch[]
    readonly images: readonly FluxImage[]
    readonly components: readonly string[]
    readonly ignoreMissingComponents: boolean
    readonly buildMetadata: readonly string[]
    readonly commonMetadata?: FluxCommonMetadata
    /** `spec.decryption` says that SOPS encrypted something. */
    readonly decrypts: boolean
    /** The controller runs without `--no-remote-bases`; absent is the same. */
    readonly remoteBases?: boolean
  }
  /** Absent without `spec.postBuild`. */
  readonly postBuild?: {
    /** In the order in which they count: the last one wins. */
    readonly variables: readonly FluxVariables[]
    readonly always: boolean
    readonly strict: boolean
  }
  /** Keys that may decrypt what SOPS encrypted; absent is none. */
  readonly keys?: readonly DecryptionKey[]
}

/** A file of keys that the config names: age identities or an OpenPGP private key. */
export interface DecryptionKey {
  /** For messages. */
  readonly file: string
  readonly encrypted: Encrypted
}

/** Variables of a ConfigMap or of the spec, or those of a Secret as JSON. */
export type FluxVariables = { readonly values: Readonly<Record<string, string>> } | { readonly encrypted: Encrypted }

/** A HelmRelease whose chart can be had, with the names of its spec. */
export interface FluxHelmSourceOptions {
  readonly tool: 'fluxHelm'
  readonly artifact: FluxArtifact
  /** The HelmRelease. */
  readonly name: string
  readonly ownerNamespace: string
  /** From the root of the artifact. */
  readonly chart: string
  readonly valuesFiles: readonly string[]
  readonly ignoreMissingValuesFiles: boolean
  /** The commit, or the digest, is part of the chart's version, and so of labels: `reconcileStrategy: Revision`, and OCI artifacts. */
  readonly versionedByCommit: boolean
  /** Put behind the chart's version besides. */
  readonly versionMetadata?: string
  readonly releaseName: string
  /** Of the release. */
  readonly namespace: string
  /** Number of the release, from 1; above 1 it is an upgrade. */
  readonly revision: number
  readonly valuesFrom: readonly FluxValues[]
  readonly values: JsonObject
  readonly skipSchemaValidation: boolean
  readonly postRenderers: readonly { readonly patches: readonly FluxPatch[]; readonly images: readonly FluxImage[] }[]
  /** How hooks and templates get to the post-renderers: in one stream, in two, or templates alone. */
  readonly postRenderStrategy: 'combined' | 'separate' | 'nohooks'
  readonly crds: 'Skip' | 'Create' | 'CreateReplace'
  readonly commonMetadata?: FluxCommonMetadata
}

/** One entry of `valuesFrom` with what it refers to. */
export interface FluxValues {
  /** For messages: `ConfigMap settings`. */
  readonly origin: string
  readonly targetPath: string
  readonly literal: boolean
  readonly text: { readonly plain: string } | { readonly encrypted: Encrypted }
}
