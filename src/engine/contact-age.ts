/**
 * How long ago a contact was, in milliseconds of uptime, so that neither a clock that is set nor a suspended machine
 * makes data stale. The age of a contact begins when its time stamp is first seen, so this has to be called every
 * second or so.
 */
export type ContactAge = (contact: number) => number

/** @param uptime milliseconds from any moment on */
export function createContactAge(uptime: () => number): ContactAge {
  let last: number | undefined
  let seenAt = 0
  return (contact) => {
    if (contact !== last) {
      last = contact
      seenAt = uptime()
    }
    return uptime() - seenAt
  }
}
