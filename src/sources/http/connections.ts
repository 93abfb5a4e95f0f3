import { open } from 'node:fs/promises'
import { getCACertificates } from 'node:tls'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import { errorCode } from '../../git/git-failure.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { guardedLookup } from '../../net/address-guard.ts'
import type { SourceLimits } from '../limits.ts'

export type ConnectionSpec = Pick<RepositorySpec, 'caFile' | 'ca' | 'insecureSkipVerify' | 'proxy' | 'untrusted'>

/** A certificate bundle of all authorities there are has some 220 KB. */
const LARGEST_CA_FILE = 4 << 20

/** The connections of one source, made anew when the content of its CA file changes. */
export class Connections {
  readonly #spec: ConnectionSpec
  readonly #limits: SourceLimits
  #current: { readonly ca: string; readonly dispatcher: Dispatcher } | undefined

  constructor(spec: ConnectionSpec, limits: SourceLimits) {
    this.#spec = spec
    this.#limits = limits
  }

  /** @throws CodedError `GDE_SOURCE_TLS` when the CA file cannot be read */
  async dispatcher(): Promise<Dispatcher> {
    const { caFile, ca: inline = '' } = this.#spec
    const ca = caFile === undefined ? inline : await readCaFile(caFile)
    if (this.#current?.ca === ca) return this.#current.dispatcher
    const stale = this.#current
    this.#current = { ca, dispatcher: createDispatcher(this.#spec, ca, this.#limits) }
    void stale?.dispatcher.close()
    return this.#current.dispatcher
  }

  async close(): Promise<void> {
    await this.#current?.dispatcher.destroy()
    this.#current = undefined
  }
}

function createDispatcher(spec: ConnectionSpec, ca: string, limits: SourceLimits): Dispatcher {
  const tls = {
    // The authorities of the system (and NODE_EXTRA_CA_CERTS) stay trusted beside the one that is given.
    ...(ca === '' ? {} : { ca: [...getCACertificates('default'), ca] }),
    ...(spec.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
    timeout: limits.connectMs,
    allowH2: false,
  }
  if (spec.proxy !== undefined)
    return new ProxyAgent({ uri: spec.proxy, requestTls: tls, connectTimeout: limits.connectMs })
  return new Agent({ connect: { ...tls, ...(spec.untrusted ? { lookup: guardedLookup } : {}) } })
}

async function readCaFile(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size > LARGEST_CA_FILE) throw new CodedError('GDE_SOURCE_TLS', 'the CA file is too large', { file: path })
    return await file.readFile('utf8')
  } catch (error) {
    if (error instanceof CodedError) throw error
    throw new CodedError('GDE_SOURCE_TLS', `the CA file cannot be read: ${errorCode(error)}`, { file: path })
  }
}
