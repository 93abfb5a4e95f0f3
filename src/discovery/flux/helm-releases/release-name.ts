import { createHash } from 'node:crypto'

/** Helm's limit for the name of a release. */
const MAX_NAME_LENGTH = 53
const PREFIX_LENGTH = 40
const HASH_LENGTH = 12

/** The name of a release as helm-controller gives it: what is too long is cut, with a hash of the whole at its end. */
export function releaseName(declared: string, targetNamespace: string, name: string): string {
  const wanted = declared || (targetNamespace === '' ? name : `${targetNamespace}-${name}`)
  if (wanted.length <= MAX_NAME_LENGTH) return wanted
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, HASH_LENGTH)
  return `${wanted.slice(0, PREFIX_LENGTH)}-${hash}`
}
