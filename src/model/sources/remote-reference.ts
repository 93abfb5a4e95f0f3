import { withoutUserInfo } from './repository-url.ts'

/**
 * What a file of a source names that lies elsewhere: a kustomization's remote base or file, a chart's dependency. As it is written, so it
 * is a tenant's word: whether it may be fetched, and with which credentials, is decided where the app's permissions are known.
 */
export type RemoteReference =
  /** `revision`: branch, tag or commit; '' is the default branch. */
  | { readonly type: 'git'; readonly url: string; readonly revision: string }
  /** One file, by http(s). Its tree holds it under the name `file`. */
  | { readonly type: 'file'; readonly url: string }
  /** A chart of a Helm repository. `version`: a version or a range by Masterminds' rules; '' is the newest that is no prerelease. */
  | { readonly type: 'helm'; readonly url: string; readonly chart: string; readonly version: string }
  /** A chart of a registry; `url` is `oci://host/path/chart`. `version` as above, or a digest. */
  | { readonly type: 'oci'; readonly url: string; readonly version: string }

/** What a rendering asks for. `file`: where it is named, from the root of the repository, or of a remote one as `url//path`. */
export type RemoteNeed = RemoteReference & { readonly file?: string }

/**
 * What `GitService.resolve` takes as the target revision of a repository of Helm charts.
 * @param version as in `RemoteReference`
 */
export function chartRevision(chart: string, version: string): string {
  return `${chart}@${version}`
}

/** The other way round. */
export function readChartRevision(revision: string): { readonly chart: string; readonly version: string } {
  const at = revision.indexOf('@')
  return at === -1
    ? { chart: revision, version: '' }
    : { chart: revision.slice(0, at), version: revision.slice(at + 1) }
}

/** How Flux names what it takes from a registry (`OCIRepository.spec.ref`). */
export type OciReference =
  | { readonly type: 'digest'; readonly digest: string }
  | { readonly type: 'tag'; readonly tag: string }
  /** `filter`: a regular expression of Go for tags that count; '' is all. */
  | { readonly type: 'semver'; readonly range: string; readonly filter: string }
  /** As Helm and Argo CD read it: a version or a tag, else a range. */
  | { readonly type: 'version'; readonly version: string }

/** What `GitService.resolve` takes as the target revision of a registry. No tag holds a colon. */
export function ociRevision(reference: OciReference): string {
  switch (reference.type) {
    case 'digest':
      return reference.digest
    case 'tag':
      return `tag:${reference.tag}`
    case 'semver':
      return `semver:${Buffer.from(reference.filter).toString('base64url')}:${reference.range}`
    case 'version':
      return reference.version
    default:
      return reference satisfies never
  }
}

/** The other way round. */
export function readOciRevision(revision: string): OciReference {
  if (/^sha(?:256|512):/.test(revision)) return { type: 'digest', digest: revision }
  if (revision.startsWith('tag:')) return { type: 'tag', tag: revision.slice('tag:'.length) }
  const [, filter, range] = /^semver:([\w-]*):(.*)$/s.exec(revision) ?? []
  if (filter === undefined || range === undefined) return { type: 'version', version: revision }
  return { type: 'semver', range, filter: Buffer.from(filter, 'base64url').toString() }
}

/** What the status of a source of Flux says of its artifact, which a controller serves. */
export interface ArtifactReference {
  readonly type: 'artifact'
  /** Below the URL of the repository. */
  readonly file: string
  /** Of the archive, `sha256:…`. */
  readonly digest: string
  /** As Flux writes it: `latest@sha256:…`, `main@sha1:…`, `sha256:…`, or a version alone. */
  readonly revision: string
  /** helm-controller reads a chart of it, kustomize-controller files. */
  readonly content: 'chart' | 'files'
}

/** What `GitService.resolve` takes as the target revision of artifacts of Flux. */
export function artifactRevision({ file, digest, revision, content }: ArtifactReference): string {
  return ['artifact', content, file, digest, revision].map(encodeURIComponent).join(' ')
}

/** The other way round; undefined for what names an artifact by its revision alone. */
export function readArtifactRevision(target: string): ArtifactReference | undefined {
  if (!target.startsWith('artifact ')) return undefined
  const [, content, file, digest, revision] = target.split(' ').map(decodeURIComponent)
  if (file === undefined || digest === undefined || revision === undefined) return undefined
  return { type: 'artifact', content: content === 'chart' ? 'chart' : 'files', file, digest, revision }
}

/** The same for references that mean the same. */
export function remoteKey(reference: RemoteReference): string {
  switch (reference.type) {
    case 'git':
      return JSON.stringify(['git', reference.url, reference.revision])
    case 'file':
      return JSON.stringify(['file', reference.url])
    case 'helm':
      return JSON.stringify(['helm', reference.url, reference.chart, reference.version])
    case 'oci':
      return JSON.stringify(['oci', reference.url, reference.version])
    default:
      return reference satisfies never
  }
}

/** For people. */
export function remoteUrl(reference: RemoteReference): string {
  const url = withoutUserInfo(reference.url)
  switch (reference.type) {
    case 'git':
      return reference.revision === '' ? url : `${url} at ${reference.revision}`
    case 'file':
      return url
    case 'helm':
      return `the chart ${reference.chart} ${reference.version} of ${url}`
    case 'oci':
      return `${url} ${reference.version}`
    default:
      return reference satisfies never
  }
}
