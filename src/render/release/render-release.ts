import { expandLists } from '../../kubernetes/object.ts'
import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../model/failure.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { RenderedObject } from '../../model/rendering.ts'
import type { StoredRelease } from '../../model/stored-release.ts'
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
  redact: (object: KubernetesObject) => KubernetesObject,
  maxObjects: number,
): readonly RenderedObject[] {
  const { manifest } = readHelmStorage(decrypt(storedRelease.storage))
  if (typeof manifest !== 'string') throw new CodedError('GDE_HELM_STORAGE', 'the release has no manifest')
  const objects = readManifest(manifest, `release ${storedRelease.release}`)
  if (objects.length > maxObjects) throw new CodedError('GDE_TOO_LARGE', `more than ${maxObjects} objects`)
  return objects.map((object) => ({ object: redact(object), action: 'apply', confidential: true }))
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
