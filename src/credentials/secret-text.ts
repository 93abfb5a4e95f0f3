import { open } from 'node:fs/promises'
import type { SecretText } from '../model/apps/inventory.ts'
import { Confidential } from '../model/confidential.ts'
import { CodedError } from '../model/failure.ts'

/** Passwords, tokens and keys are short: a longer file is none. */
const LARGEST_FILE = 64 << 10

/**
 * The text of a secret, without the line break at its end. Files are read at each use.
 * @throws CodedError `GDE_GIT_AUTH` when its file cannot be read
 */
export async function readSecretText(secret: SecretText): Promise<string> {
  if (secret instanceof Confidential) return secret.reveal()
  return readSecretFile(secret.file)
}

/** @throws CodedError as readSecretText */
export async function readSecretFile(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const bytes = Buffer.alloc(LARGEST_FILE)
    const { bytesRead } = await file.read(bytes, 0, LARGEST_FILE, 0)
    return bytes.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new CodedError('GDE_GIT_AUTH', `the credentials file cannot be read: ${code}`, { file: path })
  }
}
