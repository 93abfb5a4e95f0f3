import { escapeToken } from '../../kubernetes/json-pointer.ts'
import { asKubernetesObject } from '../../kubernetes/object.ts'
import { decodeBase64 } from '../../kubernetes/serialization/base64.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { FluxArtifact } from '../../model/sources/flux.ts'
import type { RenderedObject } from '../../model/sources/rendering.ts'

/** How SOPS marks a value that it encrypted; what stands beside one is in the clear. */
const SOPS_MARK = 'ENC[AES256_GCM,'

/**
 * The objects that the sandbox's functions for Flux return, redacted.
 * @throws CodedError `GDE_TOO_LARGE`, `GDE_RENDER_OBJECT`
 */
export function readFluxObjects(
  output: Json,
  redact: (object: KubernetesObject, pointers: readonly string[]) => Pick<RenderedObject, 'object' | 'copies'>,
  maxObjects: number,
): readonly RenderedObject[] {
  const items = isJsonObject(output) && Array.isArray(output.objects) ? output.objects : []
  if (items.length > maxObjects) throw new CodedError('GDE_TOO_LARGE', `more than ${maxObjects} objects`)
  return items.map((item: Json): RenderedObject => {
    if (!isJsonObject(item)) throw new CodedError('GDE_INTERNAL', 'the sandbox answers no object')
    const object = asKubernetesObject(item.object ?? null)
    const decrypted = textsOf(item.decrypted)
    return {
      ...redact(object, decrypted),
      action: actionOf(item.action),
      ...((item.confidential === true || decrypted.length > 0) && { confidential: true }),
      ...(decrypted.length > 0 && { redacted: decrypted }),
      ...unknownValues(item, object),
    }
  })
}

/** What the controller decrypts values to is not known: differences in them are shown and are no drift. */
function unknownValues(item: JsonObject, object: KubernetesObject): Pick<RenderedObject, 'unstable'> {
  const named = textsOf(item.unknown)
  const unstable = item.encrypted === true ? [...encryptedPointers(object), ...named] : named
  return unstable.length === 0 ? {} : { unstable }
}

function textsOf(values: Json | undefined): readonly string[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []
}

function actionOf(action: Json | undefined): RenderedObject['action'] {
  return action === 'skip' || action === 'ifNotPresent' ? action : 'apply'
}

function encryptedPointers(object: KubernetesObject): readonly string[] {
  const found: string[] = []
  const { data, stringData, ...rest } = object
  const isSecret = object.kind === 'Secret' && object.apiVersion === 'v1'
  collectEncrypted(isSecret ? rest : object, '', found)
  if (!isSecret) return found
  // They are compared as `data`, where what stood in the clear is base64.
  for (const values of [data, stringData])
    for (const [key, value] of Object.entries(isJsonObject(values) ? values : {}))
      if (isEncrypted(value) || isEncrypted(decoded(value))) found.push(`/data/${escapeToken(key)}`)
  return found
}

function isEncrypted(value: Json | undefined): boolean {
  return typeof value === 'string' && value.startsWith(SOPS_MARK)
}

function decoded(value: Json): string | undefined {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1')
}

function collectEncrypted(value: Json, pointer: string, found: string[]): void {
  if (isEncrypted(value)) found.push(pointer)
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collectEncrypted(item, `${pointer}/${index}`, found)
  } else if (isJsonObject(value)) {
    for (const [key, inner] of Object.entries(value)) collectEncrypted(inner, `${pointer}/${escapeToken(key)}`, found)
  }
}

/** The sources of an artifact that fetch submodules. */
export function submoduleSources(artifact: FluxArtifact): ReadonlySet<number> {
  const inner = artifact.includes.flatMap((include) => [...submoduleSources(include.artifact)])
  return new Set(artifact.submodules ? [artifact.source, ...inner] : inner)
}
