import { expandLists, objectKey } from '../../kubernetes/object.ts'
import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject, ObjectKey } from '../../model/object.ts'
import type { RenderedObject } from '../../model/sources/rendering.ts'
import type { StoredRelease } from '../../model/sources/stored-release.ts'
import type { Decrypt } from '../flux/render-flux.ts'
import { readHelmStorage } from './helm-storage.ts'

/**
 * The manifest that Helm stored with the release, which has no hooks and CRDs. It comes from a Secret, so all of it is
 * confidential.
 * @throws CodedError `GDE_HELM_STORAGE`, `GDE_RENDER_YAML`, `GDE_RENDER_OBJECT`, `GDE_TOO_LARGE`
 */
export function renderRelease(
  storedRelease: StoredRelease,
  decrypt: Decrypt,
  redact: (object: KubernetesObject) => Pick<RenderedObject, 'object' | 'copies'>,
  maxObjects: number,
): readonly RenderedObject[] {
  return manifestObjects(storedRelease, decrypt, maxObjects).map((object) => ({
    ...redact(object),
    action: 'apply',
    confidential: true,
  }))
}

/**
 * What the manifest of the release before names, without what Helm keeps when it is no longer in a manifest
 * (`helm.sh/resource-policy: keep`).
 * @throws CodedError as `renderRelease`
 */
export function formerObjects(before: StoredRelease, decrypt: Decrypt, maxObjects: number): readonly ObjectKey[] {
  const objects = manifestObjects(before, decrypt, maxObjects)
  return objects.filter((object) => !isKept(object)).map(objectKey)
}

/** As `resource_policy.go` of Helm reads it. */
function isKept({ metadata: { annotations } }: KubernetesObject): boolean {
  const policy = isJsonObject(annotations) ? annotations['helm.sh/resource-policy'] : undefined
  return typeof policy === 'string' && policy.trim().toLowerCase() === 'keep'
}

function manifestObjects(
  storedRelease: StoredRelease,
  decrypt: Decrypt,
  maxObjects: number,
): readonly KubernetesObject[] {
  const { manifest } = readHelmStorage(decrypt(storedRelease.storage))
  if (typeof manifest !== 'string') throw new CodedError('GDE_HELM_STORAGE', 'the release has no manifest')
  const objects = readManifest(manifest, `release ${storedRelease.release}`)
  if (objects.length > maxObjects) throw new CodedError('GDE_TOO_LARGE', `more than ${maxObjects} objects`)
  return objects
}

function readManifest(manifest: string, file: string) {
  try {
    return readYamlDocuments(manifest, { file }).flatMap(({ value, line }) => expandLists(value, { file, line }))
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const { code, line } = error.failure
    // The message may quote the manifest.
    throw new CodedError(code, 'the manifest cannot be read', { file, ...(line !== undefined && { line }) })
  }
}
