import type { Actor } from '../model/verdicts/difference.ts'

/** Whether it was one write: managers write in several ways and at several times. */
export function sameActor(left: Actor | undefined, right: Actor | undefined): boolean {
  return (
    left?.manager === right?.manager &&
    left?.operation === right?.operation &&
    left?.subresource === right?.subresource &&
    left?.time === right?.time
  )
}
