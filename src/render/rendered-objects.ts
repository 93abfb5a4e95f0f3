import { expandLists } from '../kubernetes/object.ts'
import { redactPointers } from '../kubernetes/redact-pointers.ts'
import { type RedactionKey, redactObject } from '../kubernetes/redaction.ts'
import { secretCopies } from '../kubernetes/secret-copies.ts'
import { CodedError } from '../model/failure.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { RenderedObject } from '../model/sources/rendering.ts'
import type { RawObject } from './argocd/source-context.ts'
import { argoAction } from './hooks.ts'

/**
 * Turns the output of a tool into objects: lists are expanded, Secrets redacted, hooks get the action `skip`.
 * @throws CodedError `GDE_RENDER_OBJECT` with file and line, `GDE_TOO_LARGE`
 */
export function toRenderedObjects(
  raw: readonly RawObject[],
  redactionKey: RedactionKey | 'unredacted',
  maxObjects: number,
): readonly RenderedObject[] {
  const rendered: RenderedObject[] = []
  for (const { value, file, line, unstable } of raw) {
    const where = { ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) }
    if (isNullList(value)) continue
    for (const object of expandLists(value, where)) {
      if (rendered.length >= maxObjects) throw new CodedError('GDE_TOO_LARGE', `more than ${maxObjects} objects`, where)
      const kept = redactionKey === 'unredacted' ? { object } : redacted(object, redactionKey)
      rendered.push({ ...kept, action: argoAction(object), ...where, ...(unstable !== undefined && { unstable }) })
    }
  }
  return rendered
}

/** The object without the values of a Secret and those at the pointers, and where it copies a Secret's. */
export function redacted(
  object: KubernetesObject,
  key: RedactionKey,
  pointers: readonly string[] = [],
): Pick<RenderedObject, 'object' | 'copies'> {
  const copies = secretCopies(object)
  // A Secret's own values are hashed as bytes, so they come first.
  const kept = redactPointers(redactObject(object, key), pointers, key, 'item')
  return { object: kept, ...(copies !== undefined && { copies }) }
}

/** Argo CD: `items: null` without spec or status is a list with nothing in it. */
function isNullList(value: Json): boolean {
  return isJsonObject(value) && value.items === null && value.spec === undefined && value.status === undefined
}
