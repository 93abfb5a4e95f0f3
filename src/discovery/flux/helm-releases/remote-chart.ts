import type { RemoteOwner, RepositorySpec } from '../../../model/apps/inventory.ts'
import type { RemoteReference } from '../../../model/sources/remote-reference.ts'
import { type Fields, fieldsOf, readObject, readOptionalObject, readText } from '../../fields/fields.ts'
import { plainRemote } from '../../repositories/plain-remote.ts'
import { sourceNamespace } from '../app-parts.ts'
import type { FluxContext } from '../flux-context.ts'
import { resolveDeclared } from '../sources/chart-source.ts'

/**
 * The repository of what a file of an app names. A chart's dependency is read as the HelmRepository says that has its URL, in the namespace
 * of the HelmChart (source-controller, resolveDependencyRepository); anything else, and what has none, with nobody's credentials.
 * @throws CodedError `GDE_NOT_PERMITTED`, `GDE_FLUX_*`, `GDE_UNSUPPORTED_*`
 */
export function fluxRemote(owner: RemoteOwner, reference: RemoteReference, context: FluxContext): RepositorySpec {
  const { rules, settings } = context
  if (reference.type !== 'helm' && reference.type !== 'oci') return plainRemote(reference, rules, settings)
  const namespace = chartNamespace(owner, context)
  const wanted = reference.type === 'oci' ? reference.url.slice(0, reference.url.lastIndexOf('/')) : reference.url
  const declared = namespace === undefined ? [] : context.snapshot.helmRepositories(namespace)
  const spec = declared
    .map((resource) => readObject(fieldsOf(resource, 'GDE_FLUX_INVALID'), 'spec'))
    .find((one) => normalized(readText(one, 'url')) === normalized(wanted))
  if (namespace === undefined || spec === undefined) return plainRemote(reference, rules, settings)
  return resolveDeclared(context, { namespace, spec, text: reference.url, type: reference.type }).spec
}

/** Of the HelmChart, which lies beside its source; undefined where no HelmRelease of that name is known. */
function chartNamespace({ namespace, name }: RemoteOwner, context: FluxContext): string | undefined {
  const release = context.snapshot.helmReleases.find(
    ({ metadata }) => metadata.name === name && (metadata.namespace || namespace) === namespace,
  )
  if (release === undefined) return undefined
  const spec = readObject(fieldsOf(release, 'GDE_FLUX_INVALID'), 'spec')
  return sourceNamespace(chartReference(spec), namespace, context, 'helm-controller')
}

function chartReference(spec: Fields): Fields {
  return readOptionalObject(spec, 'chartRef') ?? readObject(readObject(readObject(spec, 'chart'), 'spec'), 'sourceRef')
}

/** source-controller's NormalizeURL: slashes at the end are no difference. */
function normalized(url: string): string {
  return url.replace(/\/+$/, '')
}
