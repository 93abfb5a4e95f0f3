import type { Static, TSchema } from '@sinclair/typebox'
import * as Value from '@sinclair/typebox/value'

/** A place in a list as opaque text of a URL. */
export function writeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** @returns undefined for what is none of this list */
export function readCursor<S extends TSchema>(schema: S, text: string): Static<S> | undefined {
  try {
    const position: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Value.Check(schema, position) ? position : undefined
  } catch {
    // It was not made here.
    return undefined
  }
}
