import { posix } from 'node:path'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'

/** An artifact of an ArtifactGenerator that is a folder of one source, with some of what lies in it left out. */
interface SubfolderArtifact {
  readonly namespace: string
  readonly name: string
  readonly source: JsonObject
  readonly folder: string
}

/**
 * Resources with the sources that stand behind ExternalArtifacts: where a generator copies folders of one source to the places that they have
 * there, an artifact reads as a folder of that source. Other ExternalArtifacts stay, since the cluster makes them.
 */
export function withServedArtifacts(resources: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const artifacts = resources.filter(({ kind }) => kind === 'ArtifactGenerator').flatMap(artifactsOf)
  if (artifacts.length === 0) return resources
  return resources.map((resource) => {
    const spec = objectOf(resource.spec)
    const reference = objectOf(spec.sourceRef)
    if (resource.kind !== 'Kustomization' || reference.kind !== 'ExternalArtifact') return resource
    const namespace = textOf(reference.namespace) ?? resource.metadata.namespace
    const artifact = artifacts.find((one) => one.name === reference.name && one.namespace === namespace)
    if (artifact === undefined) return resource
    const path = posix.join('/', artifact.folder, textOf(spec.path) ?? '.')
    return { ...resource, spec: { ...spec, path: `.${path}`, sourceRef: artifact.source } }
  })
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
    return [{ namespace, name, source: reference, folder: first.folder }]
  })
}

/** `@repo/apps/prod/**` to `@artifact/prod/`: what is at `apps` of `repo`. Nothing where the places differ. */
function readCopy(from: string, to: string): { readonly alias: string; readonly folder: string } | undefined {
  const source = /^@([^/]+)\/(?:(.*)\/)?\*\*$/.exec(from)
  const target = /^@artifact\/(?:(.*)\/)?$/.exec(to)
  if (source === null || target === null) return undefined
  const [alias = '', path = '', place = ''] = [source[1], source[2], target[1]]
  if (place === '') return { alias, folder: path }
  if (path === place) return { alias, folder: '' }
  return path.endsWith(`/${place}`) ? { alias, folder: path.slice(0, -place.length - 1) } : undefined
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
