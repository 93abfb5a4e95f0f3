/**
 * Tells how long ago a contact was, in milliseconds of uptime: a clock that is set, or a machine that was suspended, makes nothing old.
 * Contacts are known by their time stamps, so an age begins when a new one is first seen; look every second or so.
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
