import type { ArchiveType, OciContent, RepositorySpec } from '../../../model/apps/inventory.ts'
import { CodedError, fromFailure } from '../../../model/failure.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { ArtifactReference, OciReference } from '../../../model/sources/remote-reference.ts'
import { type RepositoryUrl, readRepositoryUrl, requireRepositoryUrl } from '../../../model/sources/repository-url.ts'
import { type Fields, fieldsOf, readObject, readOptionalFlag, readText } from '../../fields/fields.ts'
import { goDurationSeconds } from '../../fields/go-duration.ts'
import { type DeclaredRepository, needsLogin, resolveFromResource } from '../../repositories/declared-repository.ts'
import { readAs } from '../../repositories/repository-spec.ts'
import { sourceNamespace } from '../app-parts.ts'
import type { FluxController } from '../controller-flags.ts'
import { type ChartSourceKind, type FluxContext, requireFound, requireInCluster } from '../flux-context.ts'
import { type ArchiveLogin, archiveLogin } from './archive-login.ts'
import { CLOUDS, providerOf, proxyOf, secretOf } from './declared-login.ts'

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

type Login = Pick<DeclaredRepository, keyof ArchiveLogin | 'proxy' | 'proxyLogin' | 'identity'>
const NO_LOGIN: Login = { credentials: { type: 'none' }, reference: '' }
const PROVIDERS = ['generic', ...CLOUDS]

function loginOf(context: FluxContext, namespace: string, spec: Fields, url: RepositoryUrl): Login {
  const identity = identityOf(namespace, spec, url)
  const secrets = (['secretRef', 'certSecretRef'] as const).flatMap(
    (field) => secretOf(context, namespace, spec, field) ?? [],
  )
  const proxySecret = secretOf(context, namespace, spec, 'proxySecretRef')
  const login = archiveLogin(secrets, url)
  if ('code' in login) throw fromFailure(login)
  return {
    ...login,
    ...(proxySecret !== undefined && proxyOf(proxySecret)),
    ...(identity !== undefined && { identity }),
  }
}

/** What source-controller signs in with where no Secret is named; other servers than registries are not told who it is. */
function identityOf(namespace: string, spec: Fields, { transport }: RepositoryUrl): string | undefined {
  const provider = providerOf(spec, PROVIDERS)
  if (transport !== 'oci') return undefined
  const account = readText(spec, 'serviceAccountName')
  const who = account === '' ? 'the identity of Flux' : `what the ServiceAccount ${namespace}/${account} has`
  if (provider !== 'generic') return `${who} at ${provider}`
  return account === '' ? undefined : who
}
