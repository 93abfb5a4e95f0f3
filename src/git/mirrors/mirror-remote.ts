import type { KeyedSemaphore } from '../../concurrency/keyed-semaphore.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import type { GitLimits } from '../limits.ts'
import { createHttpRemote } from '../transport/http-remote.ts'
import { isListed, type RefList, type Remote } from '../transport/remote.ts'

export interface MirrorRemoteOptions {
  readonly limits: GitLimits
  readonly polls: KeyedSemaphore
}

/** The server of a mirror, and which of its refs are listed. */
export class MirrorRemote {
  readonly host: string
  readonly #spec: RepositorySpec
  readonly #options: MirrorRemoteOptions
  #remote: Remote | undefined
  /** Refs that were requested beside branches, tags and HEAD. */
  readonly #extraRefs = new Set<string>()

  constructor(spec: RepositorySpec, options: MirrorRemoteOptions) {
    this.host = URL.parse(spec.fetchUrl)?.host ?? ''
    this.#spec = spec
    this.#options = options
  }

  /** Made when it is needed first. */
  get connection(): Remote {
    this.#remote ??= createHttpRemote(this.#spec, this.#options.limits)
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
