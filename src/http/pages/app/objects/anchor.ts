import { createHash } from 'node:crypto'
import { groupKindText, type ObjectKey, objectKeyText } from '../../../../model/object.ts'

const LONGEST = 60

/**
 * The anchor of an object on the page of its app: the same as long as kind, namespace and name are. Readable, and of letters, digits and `-` alone;
 * a hash keeps names apart that look alike without what else they hold.
 */
export function objectAnchor(key: ObjectKey): string {
  return anchor(`${groupKindText(key)}-${key.namespace}-${key.name}`, objectKeyText(key))
}

/** The same of a field. @param pointer the JSON pointer of the difference */
export function fieldAnchor(key: ObjectKey, pointer: string): string {
  return anchor(`${key.name}${pointer}`, `${objectKeyText(key)}#${pointer}`)
}

function anchor(text: string, exact: string): string {
  const name = text
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replace(/^[^A-Za-z]+/, '')
    .slice(-LONGEST)
    .replace(/^[^A-Za-z]+|-+$/g, '')
  const hash = createHash('sha256').update(exact).digest('hex').slice(0, 8)
  return name === '' ? `x-${hash}` : `${name}-${hash}`
}
