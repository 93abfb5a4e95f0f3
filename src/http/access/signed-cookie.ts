import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Static, TSchema } from '@sinclair/typebox'
import * as Value from '@sinclair/typebox/value'
import { parseCookie, stringifySetCookie } from 'cookie'

export interface SignedCookie<S extends TSchema> {
  /** What Set-Cookie has to say. */
  write(content: Static<S>, ttlSeconds: number): string
  /** @returns undefined where there is none, where somebody else wrote it, and where its time is over */
  read(header: string | undefined): Static<S> | undefined
  /** The same that takes it away. */
  clear(): string
}

export interface SignedCookieOptions<S extends TSchema> {
  readonly name: string
  readonly key: Uint8Array
  readonly schema: S
  /** It is sent by https alone. */
  readonly secure: boolean
  /** Unix seconds. */
  readonly now: () => number
}

/**
 * A cookie whose content anybody may read and nobody else can write. No script reads it, and it goes with no request of another site but with one that
 * leads here (`SameSite=Lax`).
 */
export function createSignedCookie<S extends TSchema>(options: SignedCookieOptions<S>): SignedCookie<S> {
  const { key, schema, secure, now } = options
  // Browsers hold names that begin so to what is said below (RFC 6265bis).
  const name = secure ? `__Host-${options.name}` : options.name
  const attributes = { httpOnly: true, secure, sameSite: 'lax', path: '/' } as const
  // The name is part of it, so that no cookie stands for another.
  const sign = (text: string): Buffer => createHmac('sha256', key).update(`${name} ${text}`).digest()

  return {
    write(content, ttlSeconds) {
      const text = Buffer.from(JSON.stringify([Math.floor(now() + ttlSeconds), content])).toString('base64url')
      const value = `${text}.${sign(text).toString('base64url')}`
      return stringifySetCookie({ name, value, maxAge: Math.floor(ttlSeconds), ...attributes })
    },
    read(header) {
      const value = parseCookie(header ?? '')[name]
      const [text = '', signature = '', ...rest] = value?.split('.') ?? []
      const given = Buffer.from(signature, 'base64url')
      const right = sign(text)
      if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return undefined
      const [until, content] = JSON.parse(Buffer.from(text, 'base64url').toString())
      return typeof until === 'number' && now() < until && Value.Check(schema, content) ? content : undefined
    },
    clear: () => stringifySetCookie({ name, value: '', maxAge: 0, ...attributes }),
  }
}
