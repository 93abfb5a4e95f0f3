import type { JsonObject } from '../json.ts'
import type { FluxHelmSourceOptions, FluxSourceOptions } from './flux.ts'
import type { ArtifactReference, OciReference } from './remote-reference.ts'

/** Names one mirror: fetch URL and credential reference together, so that no app reads what another's credentials fetched. */
export type RepositoryId = string & { readonly __brand: 'RepositoryId' }

/** Where desired state comes from, and how to render it. */
export interface Source {
  /** Key into `Inventory.repositories`. */
  readonly repository: RepositoryId
  /** As declared; what labels show. Never holds user info. */
  readonly url: string
  /** Branch, tag, commit SHA, semver range or HEAD; of a chart a version or a range. */
  readonly targetRevision: string
  /** How Flux says what of a registry, or of what its controllers serve, it takes, where it does. */
  readonly reference?: OciReference | ArtifactReference
  /** The name of the chart, where the source is a chart of a Helm repository or of a registry. */
  readonly chart?: string
  /** Relative to the root of the repository; '' or '.' is the root. */
  readonly path: string
  /** Other sources name this one as `$ref/file`; a source with `ref` alone renders nothing. */
  readonly ref?: string
  readonly options: SourceOptions
}

/** How one source is rendered. */
export type SourceOptions = ArgoSourceOptions | FluxSourceOptions | FluxHelmSourceOptions | { readonly tool: 'none' }

/**
 * Argo CD's source options, which static apps use too. Without an explicit `type` the tree decides as Argo CD does:
 * Chart.yaml, then a kustomization file, then a plain directory.
 */
export interface ArgoSourceOptions {
  readonly tool: 'argocd'
  readonly type?: 'directory' | 'kustomize' | 'helm'
  readonly directory: DirectoryOptions
  readonly kustomize: KustomizeOptions
  /** Absent where no Argo CD renders the source. */
  readonly kustomizeSettings?: KustomizeSettings
  readonly helm: HelmOptions
  /** URLs of the Helm repositories that Argo CD knows, by name: a chart's dependency may say `@name`. */
  readonly helmRepositories?: Readonly<Record<string, string>>
  /** Schemes of URLs that values files may have (`helm.valuesFileSchemes` of argocd-cm); absent: http and https. */
  readonly valuesFileSchemes?: readonly string[]
  /**
   * Argo CD's instance name: `namespace_name` for an Application outside its own namespace. So it stands in `ARGOCD_APP_NAME` and in the
   * name of `.argocd-source-<name>.yaml`; a Helm release is called by the name alone.
   */
  readonly appName: string
  readonly namespace: string
  /** `ARGOCD_APP_PROJECT_NAME` of build environments; '' if none. */
  readonly project?: string
}

export interface DirectoryOptions {
  readonly recurse?: boolean
  /** Globs of Argo CD (gobwas syntax, `*` crosses '/'), matched against the path below the source's path. */
  readonly include?: string
  readonly exclude?: string
  readonly jsonnet?: JsonnetOptions
}

export interface JsonnetVariable {
  readonly name: string
  readonly value: string
  /** The value is jsonnet code, not a string. */
  readonly code?: boolean
}

export interface JsonnetOptions {
  readonly extVars?: readonly JsonnetVariable[]
  readonly tlas?: readonly JsonnetVariable[]
  /** Relative to the root of the repository. */
  readonly libs?: readonly string[]
}

export interface KustomizePatch {
  readonly path?: string
  readonly patch?: string
  readonly target?: Readonly<Record<string, string>>
  readonly options?: Readonly<Record<string, boolean>>
}

export interface KustomizeOptions {
  readonly namePrefix?: string
  readonly nameSuffix?: string
  readonly namespace?: string
  /** `[name=]newName[:tag|@digest]`, as `kustomize edit set image` takes them. */
  readonly images?: readonly string[]
  readonly replicas?: readonly { readonly name: string; readonly count: number | string }[]
  readonly commonLabels?: Readonly<Record<string, string>>
  readonly commonAnnotations?: Readonly<Record<string, string>>
  readonly commonAnnotationsEnvsubst?: boolean
  readonly forceCommonLabels?: boolean
  readonly forceCommonAnnotations?: boolean
  readonly labelWithoutSelector?: boolean
  readonly labelIncludeTemplates?: boolean
  readonly patches?: readonly KustomizePatch[]
  readonly components?: readonly string[]
  readonly ignoreMissingComponents?: boolean
  readonly kubeVersion?: string
  readonly apiVersions?: readonly string[]
  /** Which kustomize to use, by a name that argocd-cm registers. */
  readonly version?: string
}

/** What argocd-cm says of kustomize: no source can override it. */
export interface KustomizeSettings {
  /** `kustomize.buildOptions`, split at spaces. */
  readonly buildOptions: readonly string[]
  /** Names that `kustomize.path.<name>` and `kustomize.version.<name>` register. */
  readonly versions: readonly string[]
}

export interface HelmParameter {
  readonly name: string
  readonly value: string
  readonly forceString?: boolean
}

export interface HelmOptions {
  readonly releaseName?: string
  readonly namespace?: string
  /** Paths relative to the source, to the root ('/…'), or to another source ('$ref/…'); globs as Argo CD has them. */
  readonly valueFiles?: readonly string[]
  readonly ignoreMissingValueFiles?: boolean
  /** YAML text. */
  readonly values?: string
  readonly valuesObject?: JsonObject
  readonly parameters?: readonly HelmParameter[]
  readonly fileParameters?: readonly { readonly name: string; readonly path: string }[]
  readonly skipCrds?: boolean
  readonly skipTests?: boolean
  readonly skipSchemaValidation?: boolean
  readonly passCredentials?: boolean
  readonly kubeVersion?: string
  readonly apiVersions?: readonly string[]
}
