import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { Inventory, RepositorySpec } from '../../model/apps/inventory.ts'
import { Confidential } from '../../model/confidential.ts'
import type { Encrypted } from '../../model/encrypted.ts'

/** A random key of this process: threads get it when they are created; it is never stored. */
export type EncryptionKey = Uint8Array

/**
 * Data as it is sent between threads: its secrets are encrypted, since a structured clone drops the private fields of `Confidential`.
 */
export type WithEncrypted<T> = T extends Confidential
  ? Uint8Array
  : T extends object
    ? { readonly [Key in keyof T]: WithEncrypted<T[Key]> }
    : T

export type EncryptedRepository = WithEncrypted<RepositorySpec>
export type EncryptedInventory = Omit<Inventory, 'repositories'> & {
  readonly repositories: readonly EncryptedRepository[]
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function newEncryptionKey(): EncryptionKey {
  return randomBytes(32)
}

/** The specs with their secrets encrypted, so that they can be posted, and no log can show them. */
export function encryptRepositories(
  specs: readonly RepositorySpec[],
  key: EncryptionKey,
): readonly EncryptedRepository[] {
  return specs.map((spec) => encryptSecrets(spec, key))
}

/** The reverse, in the thread that needs them. @throws Error for data of another key, or data that was changed */
export function decryptRepositories(
  specs: readonly EncryptedRepository[],
  key: EncryptionKey,
): readonly RepositorySpec[] {
  return specs.map((spec) => decryptSecrets<RepositorySpec>(spec, key))
}

function encryptSecrets<T extends object>(data: T, key: EncryptionKey): WithEncrypted<T>
function encryptSecrets(data: object, key: EncryptionKey): unknown {
  return mapLeaves(data, (leaf) => (leaf instanceof Confidential ? encryptConfidential(leaf, key) : undefined))
}

function decryptSecrets<T extends object>(data: WithEncrypted<T>, key: EncryptionKey): T
function decryptSecrets(data: unknown, key: EncryptionKey): unknown {
  return mapLeaves(data, (leaf) => (leaf instanceof Uint8Array ? decryptConfidential(leaf, key) : undefined))
}

/** Plain data with each value, however deep, for which `change` gives another one replaced by that. */
function mapLeaves(data: unknown, change: (leaf: object) => object | undefined): unknown {
  if (typeof data !== 'object' || data === null) return data
  const changed = change(data)
  if (changed !== undefined) return changed
  if (Array.isArray(data)) return data.map((one: unknown) => mapLeaves(one, change))
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, mapLeaves(value, change)]))
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
