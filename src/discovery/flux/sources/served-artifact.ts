import { CodedError } from '../../../model/failure.ts'
import { isJsonObject } from '../../../model/json.ts'
import type { ArtifactReference } from '../../../model/sources/remote-reference.ts'
import { readRepositoryUrl, requireRepositoryUrl } from '../../../model/sources/repository-url.ts'
import { type Fields, fieldsOf, readObject, readText } from '../../fields/fields.ts'
import { goDurationSeconds } from '../../fields/go-duration.ts'
import { resolveFromResource } from '../../repositories/declared-repository.ts'
import { urlMatches } from '../../repositories/trusted-url.ts'
import type { FluxContext } from '../flux-context.ts'
import { type ArchiveSource, type FoundSource, type Referrer, requireSource } from './chart-source.ts'
import type { GitArtifact } from './git-source.ts'

type ServedKind = 'GitRepository' | 'OCIRepository' | 'Bucket' | 'ExternalArtifact'

/**
 * The files that a controller of Flux serves for a source (`status.artifact`), as its other controllers fetch them.
 * @throws CodedError `GDE_FLUX_ARTIFACT` unless the config lets that server be asked, `GDE_FLUX_REFERENCE`, `GDE_FLUX_INVALID`
 */
export function servedFiles(context: FluxContext, from: Referrer, kind: ServedKind, reference: Fields): GitArtifact {
  const { intervalSeconds, ...source } = served(context, from, kind, reference, 'files')
  // What `.sourceignore` names was left out already.
  const artifact = { source: 0, ignore: '', sparse: [], submodules: false, includes: [], isPacked: true } as const
  return { artifact, sources: [source], intervalSeconds }
}

/**
 * The same as the archive of a chart.
 * @throws CodedError as above
 */
export function servedChart(context: FluxContext, from: Referrer, kind: ServedKind, reference: Fields): ArchiveSource {
  return served(context, from, kind, reference, 'chart')
}

/** What is read from the source itself; where that is not supported, what Flux serves of it, if the config lets that be asked for. */
export function orServed(
  context: FluxContext,
  from: Referrer,
  kind: ServedKind,
  reference: Fields,
  read: () => GitArtifact,
): GitArtifact {
  try {
    return read()
  } catch (error) {
    const isUnsupported = error instanceof CodedError && error.failure.code.startsWith('GDE_UNSUPPORTED_')
    if (!isUnsupported || context.rules.artifactUrls.length === 0) throw error
    return servedFiles(context, from, kind, reference)
  }
}

function served(
  context: FluxContext,
  from: Referrer,
  kind: ServedKind,
  sourceRef: Fields,
  content: ArtifactReference['content'],
): ArchiveSource {
  const { rules, settings } = context
  const source = requireSource(context, from, kind, sourceRef)
  const { path } = source.spec
  if (rules.artifactUrls.length === 0)
    throw new CodedError(
      'GDE_FLUX_ARTIFACT',
      `${path} is to be had from Flux's own server alone: name its URLs in artifactUrls of discovery.flux`,
    )
  const { url: text, digest, revision } = statusOf(source)
  const slash = text.lastIndexOf('/')
  const url = requireRepositoryUrl(readRepositoryUrl(text.slice(0, slash)))
  const whole = requireRepositoryUrl(readRepositoryUrl(text))
  if (slash < 'https://'.length || !urlMatches(whole, rules.artifactUrls))
    throw new CodedError('GDE_FLUX_ARTIFACT', `${path}: ${whole.shown} matches none of artifactUrls of discovery.flux`)
  const reference = { type: 'artifact', file: text.slice(slash + 1), digest, revision, content } as const
  // The config names the server, so it may be in the cluster and is asked by http.
  const permitted = { allowedRepositories: [], trustedUrls: rules.artifactUrls }
  const declared = { url, type: 'artifact', credentials: { type: 'none' }, reference: '' } as const
  const spec = { ...resolveFromResource(declared, permitted, settings), untrusted: false }
  const intervalSeconds = goDurationSeconds(readText(source.spec, 'interval'))
  return { spec, url: url.shown, targetRevision: revision, reference, intervalSeconds }
}

function statusOf({ resource, spec: { path } }: FoundSource): { url: string; digest: string; revision: string } {
  const { status } = resource
  if (!isJsonObject(status) || status.artifact === undefined)
    throw new CodedError('GDE_FLUX_REFERENCE', `${path} has no artifact: its controller made none yet`)
  const artifact = readObject(readObject(fieldsOf(resource, 'GDE_FLUX_INVALID'), 'status'), 'artifact')
  const [url = '', digest = '', revision = ''] = ['url', 'digest', 'revision'].map((key) => readText(artifact, key))
  if (url === '' || digest === '' || revision === '')
    throw new CodedError('GDE_FLUX_INVALID', `${path}: its artifact has no url, digest or revision`)
  return { url, digest, revision }
}
