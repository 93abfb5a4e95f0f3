import { objectKey } from '../kubernetes/object.ts'
import { printJson } from '../kubernetes/serialization/json.ts'
import type { Failure } from '../model/failure.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import { objectKeyText } from '../model/object.ts'
import type { RenderedObject } from '../model/sources/rendering.ts'

/** Objects named in a warning. */
const NAMED = 5

/**
 * Compares two renderings of the same source in different environments. Fields that differ become `unstable`; an object
 * that only the first has is skipped, since its name changes with each rendering.
 */
export function markUnstable(
  first: readonly RenderedObject[],
  second: readonly RenderedObject[],
  warn: (warning: Failure) => void,
): readonly RenderedObject[] {
  const others = new Map(second.map((rendered) => [objectKeyText(objectKey(rendered.object)), rendered.object]))
  const changing: string[] = []
  const nameless: string[] = []
  const marked = first.map((rendered): RenderedObject => {
    const other = others.get(objectKeyText(objectKey(rendered.object)))
    const name = `${rendered.object.kind} ${rendered.object.metadata.name}`
    if (other === undefined) {
      if (rendered.action !== 'skip') nameless.push(name)
      return { ...rendered, action: 'skip' }
    }
    const unstable = differingPointers(rendered.object, other)
    if (unstable.length === 0) return rendered
    if (rendered.action !== 'skip') changing.push(name)
    return { ...rendered, unstable: [...(rendered.unstable ?? []), ...unstable] }
  })
  if (changing.length > 0) warn(warning('have fields that change from rendering to rendering', changing))
  if (nameless.length > 0) warn(warning('have another name in each rendering and cannot be compared', nameless))
  return marked
}

function warning(what: string, names: readonly string[]): Failure {
  const named = names.slice(0, NAMED).join(', ')
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  return { code: 'GDE_RENDER_UNSTABLE', message: `${named}${more} ${what}` }
}

/** The smallest JSON pointers under which the two differ; a list of another length differs as a whole. */
function differingPointers(one: Json, other: Json): readonly string[] {
  const pointers: string[] = []
  const compare = (a: Json | undefined, b: Json | undefined, pointer: string): void => {
    if (a === b) return
    if (isJsonObject(a) && isJsonObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        compare(ownField(a, key), ownField(b, key), `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    } else if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
      a.forEach((item: Json, index) => {
        compare(item, b[index], `${pointer}/${index}`)
      })
    } else if (a === undefined || b === undefined || printJson(a) !== printJson(b)) pointers.push(pointer)
  }
  compare(one, other, '')
  return pointers
}

function ownField(object: Readonly<Record<string, Json>>, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
