import { asKubernetesObject } from '../../kubernetes/object.ts'
import { CodedError } from '../../model/failure.ts'
import type { FluxArtifact } from '../../model/flux.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { RenderedObject } from '../../model/rendering.ts'

/** Fields of an object with encrypted values that are not encrypted. */
const PLAIN_FIELDS = ['apiVersion', 'kind', 'metadata']

/**
 * The objects that the sandbox's functions for Flux return, redacted.
 * @throws CodedError `GDE_TOO_LARGE`, `GDE_RENDER_OBJECT`
 */
export function readFluxObjects(
  output: Json,
  redact: (object: KubernetesObject) => KubernetesObject,
  maxObjects: number,
): readonly RenderedObject[] {
  const items = isJsonObject(output) && Array.isArray(output.objects) ? output.objects : []
  if (items.length > maxObjects) throw new CodedError('GDE_TOO_LARGE', `more than ${maxObjects} objects`)
  return items.map((item: Json): RenderedObject => {
    if (!isJsonObject(item)) throw new CodedError('GDE_INTERNAL', 'the sandbox answers no object')
    const object = asKubernetesObject(item.object ?? null)
    return {
      object: redact(object),
      action: actionOf(item.action),
      ...(item.confidential === true && { confidential: true }),
      ...(item.encrypted === true && { unstable: encryptedPointers(object) }),
    }
  })
}

function actionOf(action: Json | undefined): RenderedObject['action'] {
  return action === 'skip' || action === 'ifNotPresent' ? action : 'apply'
}

/** The decrypted values are not known, so differences in them are shown but are no drift. */
function encryptedPointers(object: KubernetesObject): readonly string[] {
  return Object.keys(object)
    .filter((field) => !PLAIN_FIELDS.includes(field))
    .map((field) => `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`)
}

/** The sources of an artifact that fetch submodules. */
export function submoduleSources(artifact: FluxArtifact): ReadonlySet<number> {
  const inner = artifact.includes.flatMap((include) => [...submoduleSources(include.artifact)])
  return new Set(artifact.submodules ? [artifact.source, ...inner] : inner)
}
