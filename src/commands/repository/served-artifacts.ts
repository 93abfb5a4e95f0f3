import { posix } from 'node:path'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'

/** An artifact of an ArtifactGenerator that is a folder of one source, with some of what lies in it left out. */
interface SubfolderArtifact {
  readonly namespace: string
  readonly name: string
  readonly source: JsonObject
  readonly folder: string
  /** A folder of the source that is all of the artifact's only folder, as an archive of a chart has it. */
  readonly chart: string | undefined
}

/**
 * Resources with the sources that stand behind ExternalArtifacts: where a generator copies folders of one source to the places that they have
 * there, an artifact reads as a folder of that source; where it copies one whole folder, it is a chart there. Other ExternalArtifacts stay,
 * since the cluster makes them.
 */
export function withServedArtifacts(resources: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const artifacts = resources.filter(({ kind }) => kind === 'ArtifactGenerator').flatMap(artifactsOf)
  if (artifacts.length === 0) return resources
  return resources.map((resource) => {
    if (resource.kind === 'Kustomization') return kustomizationOf(resource, artifacts)
    return resource.kind === 'HelmRelease' ? releaseOf(resource, artifacts) : resource
  })
}

function kustomizationOf(resource: KubernetesObject, artifacts: readonly SubfolderArtifact[]): KubernetesObject {
  const spec = objectOf(resource.spec)
  const artifact = artifactNamed(spec.sourceRef, resource, artifacts)
  if (artifact === undefined) return resource
  const path = posix.join('/', artifact.folder, textOf(spec.path) ?? '.')
  return { ...resource, spec: { ...spec, path: `.${path}`, sourceRef: artifact.source } }
}

/** helm-controller unpacks an artifact as an archive of a chart; what lies in Git is a chart by its folder. */
function releaseOf(resource: KubernetesObject, artifacts: readonly SubfolderArtifact[]): KubernetesObject {
  const { chartRef, ...spec } = objectOf(resource.spec)
  const artifact = artifactNamed(chartRef, resource, artifacts)
  if (artifact?.chart === undefined || artifact.source.kind !== 'GitRepository') return resource
  const chart = { spec: { chart: `./${artifact.chart}`, sourceRef: artifact.source } }
  return { ...resource, spec: { ...spec, chart } }
}

function artifactNamed(
  value: Json | undefined,
  { metadata }: KubernetesObject,
  artifacts: readonly SubfolderArtifact[],
): SubfolderArtifact | undefined {
  const reference = objectOf(value)
  if (reference.kind !== 'ExternalArtifact') return undefined
  const namespace = textOf(reference.namespace) ?? metadata.namespace
  return artifacts.find((one) => one.name === reference.name && one.namespace === namespace)
}

function artifactsOf({ metadata, spec }: KubernetesObject): readonly SubfolderArtifact[] {
  const namespace = textOf(metadata.namespace) ?? ''
  const sources = listOf(objectOf(spec).sources)
  return listOf(objectOf(spec).artifacts).flatMap((artifact) => {
    const copies = listOf(artifact.copy).map(({ from, to }) => readCopy(textOf(from) ?? '', textOf(to) ?? ''))
    const [first] = copies
    const name = textOf(artifact.name)
    if (first === undefined || name === undefined) return []
    const isOneFolder = copies.every((copy) => copy?.alias === first.alias && copy.folder === first.folder)
    const source = sources.find(({ alias }) => alias === first.alias)
    if (!isOneFolder || source === undefined) return []
    const { kind, name: of, namespace: where } = source
    const reference = { kind: kind ?? '', name: of ?? '', namespace: where ?? namespace }
    const [copy] = copies.length === 1 ? copies : []
    return [{ namespace, name, source: reference, folder: first.folder, chart: copy?.chart }]
  })
}

interface Copy {
  readonly alias: string
  readonly folder: string
  readonly chart?: string
}

/** `@repo/apps/prod/**` to `@artifact/prod/`: what is at `apps` of `repo`. Nothing where the places differ. */
function readCopy(from: string, to: string): Copy | undefined {
  const source = /^@([^/]+)\/(?:(.*)\/)?\*\*$/.exec(from)
  const target = /^@artifact\/(?:(.*)\/)?$/.exec(to)
  if (source === null || target === null) return undefined
  const [alias = '', path = '', place = ''] = [source[1], source[2], target[1]]
  if (place === '') return { alias, folder: path }
  const isOneFolder = path !== '' && !place.includes('/')
  const chart = isOneFolder ? { chart: path } : {}
  if (path === place) return { alias, folder: '', ...chart }
  return path.endsWith(`/${place}`) ? { alias, folder: path.slice(0, -place.length - 1), ...chart } : undefined
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
