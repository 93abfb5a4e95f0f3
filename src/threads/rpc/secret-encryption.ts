import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { GitCredentials, Inventory, RepositorySpec } from '../../model/apps/inventory.ts'
import { Confidential } from '../../model/confidential.ts'
import type { Encrypted } from '../../model/encrypted.ts'

/** A random key of this process: threads get it when they are created; it is never stored. */
export type EncryptionKey = Uint8Array

/**
 * Credentials as they are sent between threads: encrypted, since a structured clone drops the private fields of
 * `Confidential`.
 */
export type EncryptedCredentials =
  | Exclude<GitCredentials, { type: 'basic' | 'bearer' }>
  | { readonly type: 'basic'; readonly username: string; readonly password: Uint8Array }
  | { readonly type: 'bearer'; readonly token: Uint8Array }

export type EncryptedRepository = Omit<RepositorySpec, 'credentials'> & { readonly credentials: EncryptedCredentials }
export type EncryptedInventory = Omit<Inventory, 'repositories'> & {
  readonly repositories: readonly EncryptedRepository[]
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function newEncryptionKey(): EncryptionKey {
  return randomBytes(32)
}

/** The specs with passwords and tokens encrypted, so that they can be posted, and no log can show them. */
export function encryptRepositories(
  specs: readonly RepositorySpec[],
  key: EncryptionKey,
): readonly EncryptedRepository[] {
  return specs.map((spec) => ({ ...spec, credentials: encryptCredentials(spec.credentials, key) }))
}

/** The reverse, in the thread that needs them. @throws Error for data of another key, or data that was changed */
export function decryptRepositories(
  specs: readonly EncryptedRepository[],
  key: EncryptionKey,
): readonly RepositorySpec[] {
  return specs.map((spec) => ({ ...spec, credentials: decryptCredentials(spec.credentials, key) }))
}

function encryptCredentials(credentials: GitCredentials, key: EncryptionKey): EncryptedCredentials {
  switch (credentials.type) {
    case 'basic':
      return { ...credentials, password: encryptConfidential(credentials.password, key) }
    case 'bearer':
      return { ...credentials, token: encryptConfidential(credentials.token, key) }
    default:
      return credentials
  }
}

function decryptCredentials(credentials: EncryptedCredentials, key: EncryptionKey): GitCredentials {
  switch (credentials.type) {
    case 'basic':
      return { ...credentials, password: decryptConfidential(credentials.password, key) }
    case 'bearer':
      return { ...credentials, token: decryptConfidential(credentials.token, key) }
    default:
      return credentials
  }
}

/** A secret text as plain data. Equal texts give equal results, so that an unchanged secret is no change. */
export function encryptText(value: Confidential, key: EncryptionKey): Encrypted {
  const text = value.reveal()
  // The nonce is derived from the text: under one key no nonce is used for two texts.
  const nonce = createHmac('sha256', key).update('nonce\0').update(text).digest().subarray(0, NONCE_BYTES)
  return encryptBytes(text, nonce, key).toString('base64') as Encrypted
}

export function decryptText(encrypted: Encrypted, key: EncryptionKey): string {
  return decryptBytes(Buffer.from(encrypted, 'base64'), key)
}

function encryptConfidential(value: Confidential, key: EncryptionKey): Uint8Array {
  return encryptBytes(value.reveal(), randomBytes(NONCE_BYTES), key)
}

function decryptConfidential(encrypted: Uint8Array, key: EncryptionKey): Confidential {
  return Confidential.used(decryptBytes(encrypted, key))
}

function encryptBytes(text: string, nonce: Uint8Array, key: EncryptionKey): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce)
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), encrypted])
}

function decryptBytes(encrypted: Uint8Array, key: EncryptionKey): string {
  const decipher = createDecipheriv(CIPHER, key, encrypted.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(encrypted.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const text = Buffer.concat([decipher.update(encrypted.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  return text.toString('utf8')
}
