import type { OciContent } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import type { ArchiveReader } from '../archive/entry-path.ts'
import type { Descriptor, Manifest } from './manifest.ts'

const HELM_CONFIG = 'application/vnd.cncf.helm.config.v1+json'
export const HELM_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'
/** Of Helm before 3.7. */
const OLD_HELM_LAYER = 'application/tar+gzip'
/** What Argo CD takes by default (`--oci-layer-media-types`). */
const ARGOCD_LAYERS = [
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  HELM_LAYER,
]
const MOST_ARGOCD_LAYERS = 10

export interface ChosenLayer {
  readonly layer: Descriptor
  readonly reader: ArchiveReader
  readonly compressed: boolean
}

/**
 * The layer that a reader takes, and how.
 * @throws CodedError `GDE_SOURCE_ARCHIVE` when there is none, or there are several
 */
export function chooseLayer(
  manifest: Extract<Manifest, { type: 'manifest' }>,
  { reader, layer: wanted }: OciContent,
  what: string,
): ChosenLayer {
  const { layers, config } = manifest
  switch (reader) {
    case 'chart': {
      const types = wanted === undefined ? [HELM_LAYER, OLD_HELM_LAYER] : [wanted]
      const layer = layers.find(({ mediaType }) => types.includes(mediaType))
      if (layer === undefined) throw none(what, `no chart: no layer has the type ${types[0]}`, layers)
      return { layer, reader: 'chart', compressed: true }
    }
    case 'flux': {
      // source-controller: the first layer of the type, or the first of all; it is always gzip.
      const layer = wanted === undefined ? layers[0] : layers.find(({ mediaType }) => mediaType === wanted)
      if (layer === undefined)
        throw none(what, wanted === undefined ? 'no layer' : `no layer of type ${wanted}`, layers)
      return { layer, reader: 'flux', compressed: true }
    }
    case 'argocd':
      return argocdLayer(layers, config === HELM_CONFIG, what)
    default:
      return reader satisfies never
  }
}

/** argo-cd util/oci: a single layer of content, of a type that is allowed; of a chart that with the chart. */
function argocdLayer(layers: readonly Descriptor[], isChart: boolean, what: string): ChosenLayer {
  if (layers.length > MOST_ARGOCD_LAYERS)
    throw new CodedError('GDE_SOURCE_ARCHIVE', `${what} has ${layers.length} layers, more than ${MOST_ARGOCD_LAYERS}`)
  const isContent = ({ mediaType }: Descriptor) =>
    isChart ? mediaType === HELM_LAYER : /(?:tar\+gzip|tar\.gzip|tar)$/.test(mediaType)
  const [layer, second] = layers.filter(isContent)
  if (layer === undefined) throw none(what, 'no layer that Argo CD unpacks', layers)
  if (second !== undefined) throw none(what, 'several layers that Argo CD unpacks, which is an error to it', layers)
  if (!ARGOCD_LAYERS.includes(layer.mediaType)) throw none(what, 'no layer of a type that Argo CD allows', layers)
  return { layer, reader: isChart ? 'chart' : 'argocd', compressed: !layer.mediaType.endsWith('tar') }
}

function none(what: string, why: string, layers: readonly Descriptor[]): CodedError {
  const types = layers.slice(0, MOST_ARGOCD_LAYERS).map(({ mediaType }) => mediaType)
  const has = types.length === 0 ? '' : `; its layers are ${types.join(', ')}`
  return new CodedError('GDE_SOURCE_ARCHIVE', `${what} holds ${why}${has}`)
}
