import { readFile } from 'node:fs/promises'
import type { ParsedKey } from 'ssh2'
import { readSecretText } from '../../credentials/secret-text.ts'
import type { RepositorySpec, SshCredentials } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import { hideWhileUsed } from '../../model/secrets/outgoing-text.ts'
import { readSshAddress, type SshAddress } from '../../model/sources/ssh-address.ts'
import { errorCode } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import type { RemoteProgram, SshConnection } from './ssh-connection.ts'
import { hostKeyCheck } from './ssh-host-key.ts'

/**
 * A connection rests so long before it is closed: the list of refs and the fetches that follow go over one, and a server does not hold
 * one for each of a thousand repositories between polls.
 */
const IDLE_MS = 15_000
const MOST_KNOWN_HOSTS = 4 << 20

/** @throws CodedError `GDE_GIT_UNSUPPORTED` */
export function sshAddressOf({ fetchUrl }: Pick<RepositorySpec, 'fetchUrl'>): SshAddress {
  const address = readSshAddress(fetchUrl)
  if (address === undefined) throw new CodedError('GDE_GIT_UNSUPPORTED', 'this is no SSH URL of a repository')
  return address
}

/** The one connection that programs of a repository run over, made when it is needed and closed when it rests. */
export class SshConnections {
  readonly #spec: RepositorySpec
  readonly #limits: GitLimits
  #current: Promise<SshConnection> | undefined
  /** What `#current` became. */
  #opened: SshConnection | undefined
  #key: { readonly text: string; readonly passphrase: string | undefined; readonly parsed: ParsedKey } | undefined
  #running = 0
  #timer: NodeJS.Timeout | undefined

  constructor(spec: RepositorySpec, limits: GitLimits) {
    this.#spec = spec
    this.#limits = limits
  }

  /**
   * @returns the program, and what to call when it is not used any more
   * @throws CodedError `GDE_GIT_*`, `GDE_TIMEOUT`, `GDE_NOT_PERMITTED`
   */
  async run(
    command: string,
    signal: AbortSignal,
  ): Promise<{ readonly program: RemoteProgram; readonly done: () => void }> {
    clearTimeout(this.#timer)
    this.#running++
    const done = (): void => {
      this.#running--
      if (this.#running === 0) this.#timer = setTimeout(() => this.drop(), IDLE_MS).unref()
    }
    try {
      return { program: await (await this.#connection(signal)).run(command, signal), done }
    } catch (error) {
      done()
      throw error
    }
  }

  /** Closes the connection; the next program gets a new one. */
  drop(): void {
    clearTimeout(this.#timer)
    const dropped = this.#current
    this.#current = undefined
    this.#opened = undefined
    // One that could not be made was told to who asked for it.
    dropped?.then(
      (connection) => connection.close(),
      () => undefined,
    )
  }

  /** A poll and a fetch may run beside each other, over one. */
  #connection(signal: AbortSignal): Promise<SshConnection> {
    const isUsable = this.#opened === undefined || this.#opened.isOpen
    if (this.#current !== undefined && isUsable) return this.#current
    this.drop()
    const made = this.#connect(signal)
    this.#current = made
    made.then(
      (connection) => {
        if (this.#current === made) this.#opened = connection
      },
      () => {
        if (this.#current === made) this.#current = undefined
      },
    )
    return made
  }

  async #connect(signal: AbortSignal): Promise<SshConnection> {
    const { credentials, untrusted, proxy, insecureSkipVerify } = this.#spec
    const address = sshAddressOf(this.#spec)
    if (proxy !== undefined)
      throw new CodedError('GDE_GIT_UNSUPPORTED', 'SSH goes through no proxy: rewrite the URL to https with `rewrites`')
    if (credentials.type !== 'ssh')
      throw new CodedError('GDE_GIT_AUTH', `${address.host} is read over SSH, and no private key is given for it`)
    const hostKeys = hostKeyCheck(address, await this.#knownHosts(), insecureSkipVerify === true)
    const key = await this.#privateKey(credentials)
    // Some hundred kilobytes of code, loaded only where SSH is used.
    const { connectSsh } = await import('./ssh-connection.ts')
    return connectSsh({ address, key, hostKeys, untrusted, limits: this.#limits }, signal)
  }

  /** Opening an encrypted key takes a good part of a second, so it is done once for each text. */
  async #privateKey({ privateKey, passphrase }: SshCredentials): Promise<ParsedKey> {
    const text = await readSecretText(privateKey)
    const phrase = passphrase === undefined ? undefined : await readSecretText(passphrase)
    if (this.#key?.text === text && this.#key.passphrase === phrase) return this.#key.parsed
    hideWhileUsed(this.#spec.credentials, text)
    if (phrase !== undefined) hideWhileUsed(this.#spec.credentials, phrase)
    const { readPrivateKey } = await import('./ssh-key.ts')
    this.#key = { text, passphrase: phrase, parsed: readPrivateKey(text, phrase === '' ? undefined : phrase) }
    return this.#key.parsed
  }

  async #knownHosts(): Promise<string | undefined> {
    const { knownHosts, knownHostsFile: file } = this.#spec
    if (file === undefined) return knownHosts
    try {
      const text = await readFile(file, 'utf8')
      if (text.length <= MOST_KNOWN_HOSTS) return text
    } catch (error) {
      throw new CodedError('GDE_GIT_HOST_KEY', `known_hosts cannot be read: ${errorCode(error)}`, { file })
    }
    throw new CodedError('GDE_GIT_HOST_KEY', `known_hosts has more than ${MOST_KNOWN_HOSTS} characters`, { file })
  }
}
