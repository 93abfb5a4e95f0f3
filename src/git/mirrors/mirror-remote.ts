import type { KeyedSemaphore } from '../../concurrency/keyed-semaphore.ts'
import type { CredentialResolver } from '../../credentials/credential-resolver.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { readSshAddress } from '../../model/sources/ssh-address.ts'
import type { GitLimits } from '../limits.ts'
import { createHttpRemote } from '../transport/http-remote.ts'
import { isListed, type RefList, type Remote } from '../transport/remote.ts'
import { createSshRemote } from '../transport/ssh-remote.ts'

export interface MirrorRemoteOptions {
  readonly limits: GitLimits
  readonly polls: KeyedSemaphore
  readonly credentials: CredentialResolver
}

/** The server of a mirror, and which of its refs are listed. */
export class MirrorRemote {
  readonly host: string
  readonly #spec: RepositorySpec
  readonly #options: MirrorRemoteOptions
  readonly #isSsh: boolean
  #remote: Remote | undefined
  /** Refs that were requested beside branches, tags and HEAD. */
  readonly #extraRefs = new Set<string>()

  constructor(spec: RepositorySpec, options: MirrorRemoteOptions) {
    this.#isSsh = readSshAddress(spec.fetchUrl) !== undefined
    this.host = readSshAddress(spec.fetchUrl)?.host ?? URL.parse(spec.fetchUrl)?.host ?? ''
    this.#spec = spec
    this.#options = options
  }

  /** Made when it is needed first. */
  get connection(): Remote {
    const { limits, credentials } = this.#options
    this.#remote ??= this.#isSsh
      ? createSshRemote(this.#spec, limits)
      : createHttpRemote(this.#spec, limits, credentials)
    return this.#remote
  }

  /** From now on, the ref is listed, too. */
  addRef(name: string): void {
    if (!isListed(name, [])) this.#extraRefs.add(name)
  }

  listRefs(signal: AbortSignal): Promise<RefList> {
    const { polls, limits } = this.#options
    return polls(this.host, signal, () =>
      this.connection.listRefs([...this.#extraRefs], AbortSignal.any([signal, AbortSignal.timeout(limits.listMs)])),
    )
  }

  async close(): Promise<void> {
    await this.#remote?.close()
  }
}
