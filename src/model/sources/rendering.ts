import type { Failure } from '../failure.ts'
import type { KubernetesObject, ObjectKey } from '../object.ts'
import type { Cause } from '../verdicts/cause.ts'
import type { Difference } from '../verdicts/difference.ts'
import type { RemoteNeed, RemoteReference } from './remote-reference.ts'
import type { SourceOptions } from './source.ts'
import type { DeclaredRelease, StoredRelease } from './stored-release.ts'

/** A commit's tree in a repository on disk, read object by object: nothing is ever checked out. */
export interface SourceTree {
  /** The Git directory (of the mirror, or of a local repository). */
  readonly gitDirectory: string
  readonly commit: string
  /** OID of the root tree. */
  readonly tree: string
}

export interface RenderSource {
  readonly tree: SourceTree
  readonly path: string
  readonly targetRevision: string
  readonly url: string
  readonly ref?: string
  readonly options: SourceOptions
}

/**
 * What a file of a source names: where it lies, or why it cannot be had. A failure need not be one of the rendering: kustomize takes a URL
 * for a repository when its server gives no file.
 */
export type RenderRemote = { readonly reference: RemoteReference } & (
  | { readonly tree: SourceTree; readonly failure?: undefined }
  | { readonly tree?: undefined; readonly failure: Failure }
)

/** The trees of a request by the index that dependencies have: those of the sources, then those of the remotes that could be had. */
export function treesOf({ sources, remotes = [] }: Pick<RenderRequest, 'sources' | 'remotes'>): readonly SourceTree[] {
  return [...sources, ...remotes].flatMap(({ tree }) => tree ?? [])
}

/** What charts can read about the destination. */
export interface DestinationVersions {
  /** `v1.36.0`. */
  readonly kubeVersion: string
  /** `apps/v1` and `apps/v1/Deployment`, sorted. */
  readonly apiVersions: readonly string[]
}

/** Rendering is pure: the same request gives the same result. */
export interface RenderRequest {
  /** For error messages. */
  readonly app: string
  /** Whose it is: tenants take turns in rendering. Absent: the config's. */
  readonly tenant?: string
  readonly sources: readonly RenderSource[]
  /** What files of the sources name elsewhere, as far as it is known. Dependencies count their trees on from the last source. */
  readonly remotes?: readonly RenderRemote[]
  /** What Helm installed: rendered where there are no sources. */
  readonly storedRelease?: StoredRelease
  /** What is declared of `storedRelease`. */
  readonly declaredRelease?: DeclaredRelease
  /** The release before what is rendered: what it has more is `former`. */
  readonly formerRelease?: StoredRelease
  readonly destination: DestinationVersions
}

/**
 * A path that a rendering read or listed, with what it found there: the rendering is valid while all of these match.
 */
export interface Dependency {
  /** Index into the trees of a request (`treesOf`). */
  readonly source: number
  /** From the root of the repository; '' is the root. */
  readonly path: string
  /** OID of the blob or tree; absent when there was nothing. */
  readonly oid?: string
  /** Only the names in this folder matter: the dependency also matches when `listingKey` of the folder is this. */
  readonly listing?: string
}

/**
 * One desired object, redacted, before what depends on app and cluster is added (tracking label or annotation, default
 * namespace).
 */
export interface RenderedObject {
  readonly object: KubernetesObject
  /** What the controller does with it; `skip` objects are shown by `render` and never compared. */
  readonly action: 'apply' | 'skip' | 'ifNotPresent'
  /** From the root of the repository, where it is known. */
  readonly file?: string
  readonly line?: number
  /** It contains values of a Secret: its differences are shown as "differs" only. */
  readonly confidential?: true
  /** JSON pointers of values that were encrypted in Git, which are redacted in the object: such an object is `confidential`, too. */
  readonly redacted?: readonly string[]
  /** Annotations and labels of a Secret that hold one of its values: they are not shown. */
  readonly copies?: { readonly annotations: readonly string[]; readonly labels: readonly string[] }
  /** JSON pointers of fields that change from rendering to rendering: their differences get effect `report`. */
  readonly unstable?: readonly string[]
}

/** What differs between a HelmRelease and the release that it made, beside the objects. */
export interface ReleaseComparison {
  /** The HelmRelease. */
  readonly name: string
  readonly namespace: string
  readonly differences: readonly Difference[]
  /** `live` where somebody else made the newest revision. */
  readonly cause: Cause
  /** Why something cannot be told, where nothing differs. */
  readonly unknown?: Failure
}

export interface Rendering {
  readonly objects: readonly RenderedObject[]
  readonly dependencies: readonly Dependency[]
  /** The chart read kubeVersion or apiVersions, so it depends on them. */
  readonly usedDestination: boolean
  /** It contains the name of the commit (Argo CD's build environment), so it is valid for that commit only. */
  readonly usedCommit?: boolean
  readonly warnings: readonly Failure[]
  /** How what is declared of a stored release differs from what was installed. */
  readonly release?: ReleaseComparison
  /** Objects of `formerRelease`, but those that Helm keeps; their namespaces as the manifest says. */
  readonly former?: readonly ObjectKey[]
}

/** A rendering that could not be made yet: it is asked for again with these in `remotes`. */
export interface RemotesNeeded {
  readonly needs: readonly RemoteNeed[]
}

/** @throws CodedError `GDE_RENDER_*`, `GDE_GIT_PATH`, `GDE_TOO_LARGE`, `GDE_TIMEOUT`, `GDE_UNSUPPORTED_*` */
export interface Renderer {
  render(request: RenderRequest, signal: AbortSignal): Promise<Rendering | RemotesNeeded>
}
