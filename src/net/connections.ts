import { open } from 'node:fs/promises'
import type { Dispatcher } from 'undici'
import { readSecretText } from '../credentials/secret-text.ts'
import type { ErrorCode } from '../model/errors.ts'
import { CodedError } from '../model/failure.ts'
import { hideWhileUsed } from '../model/secrets/outgoing-text.ts'
import type { ConnectionSpec, TlsMaterial } from './dispatcher.ts'

export type { ConnectionSpec } from './dispatcher.ts'

export interface ConnectionOptions {
  readonly connectMs: number
  /** Of a CA file that cannot be read. */
  readonly code: ErrorCode
}

/** A certificate bundle of all authorities there are has some 220 KB. */
const LARGEST_CA_FILE = 4 << 20

/** The connections to the server of one repository: reused until the content of a certificate file changes. */
export class Connections {
  readonly #spec: ConnectionSpec
  readonly #options: ConnectionOptions
  #current: { readonly material: TlsMaterial; readonly dispatcher: Dispatcher } | undefined

  constructor(spec: ConnectionSpec, options: ConnectionOptions) {
    this.#spec = spec
    this.#options = options
  }

  /** @throws CodedError with the code of the options, `GDE_GIT_AUTH` for the file of a key */
  async dispatcher(): Promise<Dispatcher> {
    const material = await this.#readMaterial()
    // The client is loaded where a server is spoken to.
    const { createDispatcher } = await import('./dispatcher.ts')
    if (this.#current !== undefined && isSameMaterial(this.#current.material, material)) return this.#current.dispatcher
    const stale = this.#current
    this.#current = { material, dispatcher: createDispatcher(this.#spec, material, this.#options.connectMs) }
    void stale?.dispatcher.close()
    return this.#current.dispatcher
  }

  async close(): Promise<void> {
    await this.#current?.dispatcher.destroy()
    this.#current = undefined
  }

  async #readMaterial(): Promise<TlsMaterial> {
    const { caFile, ca = '', clientCertificate } = this.#spec
    const own = clientCertificate && {
      certificate: await readSecretText(clientCertificate.certificate),
      key: await readSecretText(clientCertificate.key),
    }
    if (own !== undefined) hideWhileUsed(this.#spec, own.key)
    const trusted = caFile === undefined ? ca : await readCaFile(caFile, this.#options.code)
    return { ca: trusted, certificate: '', key: '', ...own }
  }
}

function isSameMaterial(one: TlsMaterial, other: TlsMaterial): boolean {
  return one.ca === other.ca && one.certificate === other.certificate && one.key === other.key
}

async function readCaFile(path: string, code: ErrorCode): Promise<string> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > LARGEST_CA_FILE) throw new CodedError(code, 'the CA file is too large', { file: path })
    return await file.readFile('utf8')
  } catch (error) {
    if (error instanceof CodedError) throw error
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new CodedError(code, `the CA file cannot be read: ${reason}`, { file: path })
  }
}

/** What a request says of its URL. */
export function requestTarget({ origin, pathname, search }: URL): { readonly origin: string; readonly path: string } {
  return { origin, path: `${pathname}${search}` }
}

/**
 * A server may close a connection that rests just when the next request goes out on it. All requests only read, so that one is sent again.
 */
export async function withOneRetry<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send()
  } catch (error) {
    if (!isBroken(error)) throw error
    return await send()
  }
}

/** The connection broke, whatever was under way on it. */
export function isBroken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE'
}
