import type { HttpAnswer } from './http-client.ts'

const ETAG = 'etag'
const LAST_MODIFIED = 'last-modified'

/** Asks a server to send only what changed since the validators were noted. */
export function conditionalHeaders(notes: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const [etag, modified] = [notes.get(ETAG), notes.get(LAST_MODIFIED)]
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(modified === undefined ? {} : { 'if-modified-since': modified }),
  }
}

/** Notes the validators of what was read to its end. */
export function noteValidators(notes: Map<string, string>, answer: HttpAnswer): void {
  for (const name of [ETAG, LAST_MODIFIED]) {
    const value = answer.header(name)
    if (value === undefined || value.length > 1024) notes.delete(name)
    else notes.set(name, value)
  }
}
