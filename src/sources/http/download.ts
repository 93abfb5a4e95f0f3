import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { CodedError } from '../../model/failure.ts'
import type { HttpAnswer } from './http-client.ts'

/** `algorithm:hexadecimal` of algorithms that nobody has broken. */
const DIGEST = /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/

export function isDigest(text: string): boolean {
  return DIGEST.test(text)
}

export function digestOf(bytes: Uint8Array, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

/** The whole of a small answer. */
export async function readBody(answer: HttpAnswer): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of answer.body) pieces.push(piece)
  return Buffer.concat(pieces)
}

/**
 * Streams bytes to a file, which is there only when they are whole.
 * @param expected digest that they must have; undefined takes any
 * @returns their digest, `sha256:…` unless the expected one is of another algorithm
 * @throws CodedError `GDE_SOURCE_DIGEST`, and what the bytes throw
 */
export async function saveBody(
  body: AsyncIterable<Uint8Array>,
  path: string,
  expected: string | undefined,
  what: string,
): Promise<string> {
  const algorithm = expected?.split(':')[0] ?? 'sha256'
  const hash = createHash(algorithm)
  const temporary = `${path}.new`
  try {
    await using file = await open(temporary, 'w', 0o600)
    for await (const piece of body) {
      hash.update(piece)
      await file.appendFile(piece)
    }
    const digest = `${algorithm}:${hash.digest('hex')}`
    if (expected !== undefined && digest !== expected)
      throw new CodedError('GDE_SOURCE_DIGEST', `${what} has the digest ${digest} where ${expected} is declared`)
    await rename(temporary, path)
    return digest
  } finally {
    await rm(temporary, { force: true })
  }
}
