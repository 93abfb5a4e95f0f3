import type { ArchiveType, OciContent, RepositorySpec } from '../../../model/apps/inventory.ts'
import { CodedError, fromFailure } from '../../../model/failure.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { ArtifactReference, OciReference } from '../../../model/sources/remote-reference.ts'
import { type RepositoryUrl, readRepositoryUrl, requireRepositoryUrl } from '../../../model/sources/repository-url.ts'
import {
  type Fields,
  fieldsOf,
  readObject,
  readOptionalFlag,
  readOptionalObject,
  readText,
} from '../../fields/fields.ts'
import { goDurationSeconds } from '../../fields/go-duration.ts'
import { needsLogin, resolveFromResource } from '../../repositories/declared-repository.ts'
import { readAs } from '../../repositories/repository-spec.ts'
import { sourceNamespace } from '../app-parts.ts'
import type { FluxController } from '../controller-flags.ts'
import { type ChartSourceKind, type FluxContext, requireFound, requireInCluster } from '../flux-context.ts'
import { type ArchiveLogin, archiveLogin } from './archive-login.ts'

/** An archive that an app needs: a chart, or an artifact of a registry. */
export interface ArchiveSource {
  readonly spec: RepositorySpec
  readonly url: string
  /** A version, a range, a tag or a digest. */
  readonly targetRevision: string
  /** How an OCIRepository, or the status of a source, names it. */
  readonly reference?: OciReference | ArtifactReference
  /** The name of the chart, of a Helm repository. */
  readonly chart?: string
  /** How often source-controller looks for newer versions. */
  readonly intervalSeconds: number | undefined
}

/** Where something refers from. */
export interface Referrer {
  readonly namespace: string
  readonly controller: FluxController
}

/**
 * The chart that `spec.chart.spec` of a HelmRelease or the spec of a HelmChart takes from a HelmRepository.
 * @throws CodedError `GDE_FLUX_REFERENCE`, `GDE_FLUX_INVALID`, `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`
 */
export function chartOfRepository(context: FluxContext, from: Referrer, chart: Fields): ArchiveSource {
  const reference = readObject(chart, 'sourceRef')
  const { namespace, name, spec } = requireSource(context, from, 'HelmRepository', reference)
  const wanted = readText(chart, 'chart')
  const version = readText(chart, 'version') || '*'
  const interval = goDurationSeconds(readText(spec, 'interval'))
  const text = requireText(spec, 'url')
  if (readText(spec, 'type') !== 'oci' && !text.startsWith('oci://')) {
    const found = resolveDeclared(context, { namespace, spec, text, type: 'helm' })
    return { ...found, targetRevision: version, chart: wanted, intervalSeconds: interval }
  }
  const found = resolveDeclared(context, {
    namespace,
    spec,
    text: `${text.replace(/\/+$/, '')}/${wanted}`,
    type: 'oci',
  })
  return { ...found, targetRevision: version, chart: wanted.split('/').at(-1) ?? name, intervalSeconds: interval }
}

/**
 * The artifact of an OCIRepository.
 * @throws CodedError as above
 */
export function artifactOfRegistry(
  context: FluxContext,
  from: Referrer,
  sourceRef: Fields,
): ArchiveSource & { readonly source: Fields } {
  const { namespace, spec } = requireSource(context, from, 'OCIRepository', sourceRef)
  const found = resolveDeclared(context, {
    namespace,
    spec,
    text: requireText(spec, 'url'),
    type: 'oci',
    oci: contentOf(from, spec),
  })
  const intervalSeconds = goDurationSeconds(readText(spec, 'interval'))
  const reference = artifactReference(readObject(spec, 'ref'))
  return { ...found, targetRevision: shownReference(reference), reference, intervalSeconds, source: spec }
}

/** helm-controller makes a chart of it, kustomize-controller files. */
function contentOf({ controller }: Referrer, spec: Fields): OciContent | undefined {
  if (controller === 'helm-controller') return undefined
  const layer = readText(readObject(spec, 'layerSelector'), 'mediaType')
  return { reader: 'flux', ...(layer !== '' && { layer }) }
}

/** In the order in which source-controller takes them; without any of them the tag `latest`. */
function artifactReference(ref: Fields): OciReference {
  const digest = readText(ref, 'digest')
  if (digest !== '') return { type: 'digest', digest }
  const range = readText(ref, 'semver')
  if (range !== '') return { type: 'semver', range, filter: readText(ref, 'semverFilter') }
  return { type: 'tag', tag: readText(ref, 'tag') || 'latest' }
}

function shownReference(reference: OciReference): string {
  switch (reference.type) {
    case 'digest':
      return reference.digest
    case 'tag':
      return reference.tag
    case 'semver':
      return reference.range
    case 'version':
      return reference.version
    default:
      return reference satisfies never
  }
}

export interface FoundSource {
  readonly namespace: string
  readonly name: string
  readonly resource: KubernetesObject
  readonly spec: Fields
}

export function requireSource(
  context: FluxContext,
  { namespace, controller }: Referrer,
  kind: ChartSourceKind | 'GitRepository',
  reference: Fields,
): FoundSource {
  const name = readText(reference, 'name')
  const home = sourceNamespace(reference, namespace, context, controller)
  const subject = `${kind} ${home}/${name}`
  const { snapshot } = context
  const lookup = kind === 'GitRepository' ? snapshot.gitRepository(home, name) : snapshot.chartSource(kind, home, name)
  // Only a generator makes one.
  const found = kind === 'ExternalArtifact' ? requireInCluster(lookup, subject) : requireFound(lookup, subject)
  return {
    namespace: home,
    name,
    resource: found,
    spec: { ...readObject(fieldsOf(found, 'GDE_FLUX_INVALID'), 'spec'), path: subject },
  }
}

function requireText(spec: Fields, key: string): string {
  const text = readText(spec, key)
  if (text === '') throw new CodedError('GDE_FLUX_INVALID', `${spec.path}.${key} is not set`)
  return text
}

/**
 * A repository by the text of its URL, with what the resource that declares it says of how it is read.
 * @throws CodedError as above
 */
export function resolveDeclared(
  context: FluxContext,
  {
    namespace,
    spec,
    text,
    type,
    oci,
  }: {
    readonly namespace: string
    readonly spec: Fields
    readonly text: string
    readonly type: ArchiveType
    readonly oci?: OciContent | undefined
  },
): Pick<ArchiveSource, 'spec' | 'url'> {
  const url = requireRepositoryUrl(readRepositoryUrl(text))
  if (type === 'oci' && url.transport !== 'oci')
    throw new CodedError('GDE_FLUX_INVALID', `${spec.path}.url is no oci:// URL`)
  const login = needsLogin(url, context.settings, type) ? loginOf(context, namespace, spec, url) : NO_LOGIN
  const found = resolveFromResource({ url, type, ...login }, context.rules, context.settings)
  const how = {
    ...((readOptionalFlag(spec, 'passCredentials') ?? false) && { passCredentials: true }),
    ...(type === 'oci' && (readOptionalFlag(spec, 'insecure') ?? false) && { plainHttp: true }),
    ...(oci !== undefined && { oci }),
  }
  return { spec: readAs(found, how), url: url.shown }
}

const NO_LOGIN: ArchiveLogin = { credentials: { type: 'none' }, reference: '' }

function loginOf({ snapshot }: FluxContext, namespace: string, spec: Fields, url: RepositoryUrl): ArchiveLogin {
  const provider = readText(spec, 'provider')
  if (provider !== '' && provider !== 'generic')
    throw unsupported(spec, `credentials of the provider ${provider} are not supported`)
  if (readOptionalObject(spec, 'proxySecretRef') !== undefined)
    throw unsupported(spec, 'proxySecretRef is not supported: give the proxy in the config')
  if (readText(spec, 'serviceAccountName') !== '')
    throw unsupported(spec, 'serviceAccountName is not supported: give credentials in the config')
  const secrets = ['secretRef', 'certSecretRef'].flatMap((key) => {
    const reference = readOptionalObject(spec, key)
    if (reference === undefined) return []
    const name = readText(reference, 'name')
    return [requireInCluster(snapshot.secret(namespace, name), `Secret ${namespace}/${name}`)]
  })
  const login = archiveLogin(secrets, url)
  if ('code' in login) throw fromFailure(login)
  return login
}

function unsupported({ path }: Fields, message: string): CodedError {
  return new CodedError('GDE_UNSUPPORTED_CREDENTIALS', `${path}: ${message}`)
}
