import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { Confidential } from '../../model/confidential.ts'
import type { Enclosed } from '../../model/encrypted.ts'
import type { GitCredentials, Inventory, RepositorySpec } from '../../model/inventory.ts'

/** Made at start, handed to threads when they are made, and never stored. */
export type EnvelopeKey = Uint8Array

/** Credentials as they cross threads: what is confidential is encrypted, for a structured clone drops private fields. */
export type EnclosedCredentials =
  | Exclude<GitCredentials, { type: 'basic' | 'bearer' }>
  | { readonly type: 'basic'; readonly username: string; readonly password: Uint8Array }
  | { readonly type: 'bearer'; readonly token: Uint8Array }

export type EnclosedRepository = Omit<RepositorySpec, 'credentials'> & { readonly credentials: EnclosedCredentials }
export type EnclosedInventory = Omit<Inventory, 'repositories'> & {
  readonly repositories: readonly EnclosedRepository[]
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function newEnvelopeKey(): EnvelopeKey {
  return randomBytes(32)
}

/** The specs with passwords and tokens encrypted: what `postMessage` takes, and no log can show. */
export function enclose(specs: readonly RepositorySpec[], key: EnvelopeKey): readonly EnclosedRepository[] {
  return specs.map((spec) => ({ ...spec, credentials: encloseCredentials(spec.credentials, key) }))
}

/** The reverse, in the thread that needs them. @throws Error for what another key enclosed, or what was changed */
export function disclose(specs: readonly EnclosedRepository[], key: EnvelopeKey): readonly RepositorySpec[] {
  return specs.map((spec) => ({ ...spec, credentials: discloseCredentials(spec.credentials, key) }))
}

function encloseCredentials(credentials: GitCredentials, key: EnvelopeKey): EnclosedCredentials {
  switch (credentials.type) {
    case 'basic':
      return { ...credentials, password: encrypt(credentials.password, key) }
    case 'bearer':
      return { ...credentials, token: encrypt(credentials.token, key) }
    default:
      return credentials
  }
}

function discloseCredentials(credentials: EnclosedCredentials, key: EnvelopeKey): GitCredentials {
  switch (credentials.type) {
    case 'basic':
      return { ...credentials, password: decrypt(credentials.password, key) }
    case 'bearer':
      return { ...credentials, token: decrypt(credentials.token, key) }
    default:
      return credentials
  }
}

/** Plain data of a secret text, for whoever has the key. Equal texts are equal, so that what did not change is seen not to have. */
export function encloseText(value: Confidential, key: EnvelopeKey): Enclosed {
  const text = value.reveal()
  // A nonce of the text itself: under one key the same one never stands for two texts.
  const nonce = createHmac('sha256', key).update('nonce\0').update(text).digest().subarray(0, NONCE_BYTES)
  return seal(text, nonce, key).toString('base64') as Enclosed
}

export function discloseText(enclosed: Enclosed, key: EnvelopeKey): string {
  return open(Buffer.from(enclosed, 'base64'), key)
}

function encrypt(value: Confidential, key: EnvelopeKey): Uint8Array {
  return seal(value.reveal(), randomBytes(NONCE_BYTES), key)
}

function decrypt(envelope: Uint8Array, key: EnvelopeKey): Confidential {
  return new Confidential(open(envelope, key))
}

function seal(text: string, nonce: Uint8Array, key: EnvelopeKey): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

function open(envelope: Uint8Array, key: EnvelopeKey): string {
  const decipher = createDecipheriv(CIPHER, key, envelope.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(envelope.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const text = Buffer.concat([decipher.update(envelope.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  return text.toString('utf8')
}
