import { createHash } from 'node:crypto'

/** Helm's limit for the name of a release. */
const LONGEST_NAME = 53
const KEPT = 40
const HASHED = 12

/** The name of a release as helm-controller gives it: what is too long is cut, with a hash of the whole at its end. */
export function releaseName(declared: string, targetNamespace: string, name: string): string {
  const wanted = declared || (targetNamespace === '' ? name : `${targetNamespace}-${name}`)
  if (wanted.length <= LONGEST_NAME) return wanted
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, HASHED)
  return `${wanted.slice(0, KEPT)}-${hash}`
}
