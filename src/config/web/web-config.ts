import type { SecureContextOptions } from 'node:tls'

/** Who may connect to a listener, and how. It holds keys and hashes: it stays in this thread and out of every log. */
export interface WebConfig {
  /** Absent: in the clear. */
  readonly tls?: TlsSettings
  /** Of every answer, by names in lower case; what the listener itself says of the same name wins. */
  readonly headers: Readonly<Record<string, string>>
  /** bcrypt hashes by user; without any, everybody is let in. */
  readonly users: ReadonlyMap<string, string>
  /** A bucket of `burst` requests, filled by one each interval. */
  readonly rateLimit?: { readonly intervalMs: number; readonly burst: number }
}

export interface TlsSettings {
  readonly context: SecureContextOptions
  readonly clientAuth: ClientAuth
  /** Subject alternative names, one of which a client's certificate must have. */
  readonly allowedNames?: readonly string[]
}

/** `given`: whoever has no certificate is let in, too. */
export type ClientAuth = 'none' | 'request' | 'any' | 'verifyGiven' | 'verify'
