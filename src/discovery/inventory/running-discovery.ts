import { isDeepStrictEqual } from 'node:util'
import { pause } from '../../concurrency/pause.ts'
import type { Origin, Problem, RepositorySpec } from '../../model/apps/inventory.ts'
import type { ClusterConnector } from '../../model/clusters/cluster.ts'
import { toFailure } from '../../model/failure.ts'
import type { Log } from '../../model/log.ts'
import type { Settings } from '../../model/settings.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { DiscoveryContext, DiscoverySource, InventoryPart } from '../discovery.ts'
import type { DiscoveredPart } from './compose-inventory.ts'

const RESTART_DELAY_MS = 15_000

export interface RunningDiscoveryOptions
  extends Pick<DiscoveryContext, 'connector' | 'encrypt' | 'followKeys' | 'generate' | 'matchExpressions'> {
  readonly git: Pick<DiscoveryContext['git'], 'resolve' | 'unchanged'>
  readonly reportActivity: (origin: Origin, at: number) => void
  /** There is another part, or other repositories are tracked. What it throws counts as thrown by the discovery. */
  readonly onChange: () => void
  readonly log: Log
}

/** A discovery of the config with its latest result, its subscriptions and the repositories it tracks. */
export class RunningDiscovery implements DiscoveredPart {
  readonly source: DiscoverySource
  wasReported: boolean
  /** `argocd/control/0`, in logs and problems. */
  readonly #text: string
  readonly #options: RunningDiscoveryOptions
  #part: InventoryPart | undefined
  #isOld = true
  /** Aborted when the connector that it reads is replaced. */
  #stop = new AbortController()
  #connector: ClusterConnector | undefined
  #trackedRepositories: readonly RepositorySpec[] = []
  #clusterListeners: (() => void)[] = []
  #movedListeners: ((repository: RepositoryId) => void)[] = []

  /** @param before its predecessor with other settings, whose result stays until there is a new one */
  constructor(source: DiscoverySource, text: string, options: RunningDiscoveryOptions, before?: RunningDiscovery) {
    this.source = source
    this.#text = text
    this.#options = options
    this.#part = before?.part
    this.wasReported = before?.wasReported ?? false
  }

  get origin(): Origin {
    return this.source.origin
  }

  get part(): InventoryPart | undefined {
    return this.#part
  }

  get isOld(): boolean {
    return this.#isOld
  }

  /** Has a result of its own that is not pending. */
  get isSettled(): boolean {
    return this.#part !== undefined && !this.#isOld && this.#part.pending !== true
  }

  /** Clusters that it reads. */
  get reads(): readonly string[] {
    return [this.origin.declaredIn, ...(this.#part?.reads ?? [])]
  }

  /** Repositories to be polled besides those of its latest result. */
  get trackedRepositories(): readonly RepositorySpec[] {
    return this.#trackedRepositories
  }

  /** (Re)starts it where its control cluster got its first or another connector. */
  connect(settings: Settings): void {
    const control = this.#options.connector(this.origin.declaredIn)
    if (control === this.#connector) return
    this.#stop.abort()
    this.#stop = new AbortController()
    this.#connector = control
    this.#resetSubscriptions()
    if (control !== undefined) void this.#run(control, settings, this.#stop.signal)
  }

  clustersChanged(): void {
    for (const listener of this.#clusterListeners) listener()
  }

  repositoryMoved(repository: RepositoryId): void {
    for (const listener of this.#movedListeners) listener(repository)
  }

  stop(): void {
    this.#stop.abort()
  }

  /**
   * Discoveries throw only for bugs. One that threw is restarted: the resource that triggered the bug may be gone by
   * then.
   */
  async #run(control: ClusterConnector, settings: Settings, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const attempt = new AbortController()
      this.#resetSubscriptions()
      try {
        await this.#follow(control, settings, AbortSignal.any([signal, attempt.signal]))
        return
      } catch (thrown) {
        attempt.abort()
        if (signal.aborted) return
        this.#options.log('error', 'a discovery failed', { ...toFailure(thrown), discovery: this.#text })
        this.#part = this.#failedPart(thrown)
        this.#isOld = false
      }
      this.#options.onChange()
      await pause(RESTART_DELAY_MS, signal)
    }
  }

  async #follow(control: ClusterConnector, settings: Settings, signal: AbortSignal): Promise<void> {
    for await (const part of this.source.discover(this.#context(control, settings), signal)) {
      if (signal.aborted) return
      const before = this.#part
      this.#part = part
      this.#isOld = false
      try {
        this.#options.onChange()
      } catch (thrown) {
        // Composing this part fails: without it, changes of other discoveries still get through.
        this.#part = before
        throw thrown
      }
    }
  }

  #context(control: ClusterConnector, settings: Settings): DiscoveryContext {
    const { connector, encrypt, followKeys, generate, matchExpressions, git, reportActivity } = this.#options
    return {
      control,
      connector,
      settings,
      encrypt,
      followKeys,
      generate,
      matchExpressions,
      onClusters: (listener) => this.#clusterListeners.push(listener),
      onActivity: (at) => reportActivity(this.origin, at),
      git: {
        resolve: git.resolve,
        unchanged: git.unchanged,
        track: (repositories) => this.#track(repositories),
        onMoved: (listener) => this.#movedListeners.push(listener),
      },
    }
  }

  #track(repositories: readonly RepositorySpec[]): void {
    const isKnown = isDeepStrictEqual(this.#trackedRepositories.map(idOf), repositories.map(idOf))
    this.#trackedRepositories = repositories
    if (!isKnown) this.#options.onChange()
  }

  /** Drops listeners and tracked repositories of the previous run. */
  #resetSubscriptions(): void {
    this.#clusterListeners = []
    this.#movedListeners = []
    this.#trackedRepositories = []
  }

  /** The latest result, marked incomplete, with the failure as its problem. */
  #failedPart(thrown: unknown): InventoryPart {
    const problem: Problem = { subject: this.#text, failure: toFailure(thrown) }
    const { pending: _pending, ...known } = this.#part ?? { clusters: [], repositories: [], apps: [] }
    return { ...known, problems: [problem], complete: false }
  }
}

function idOf({ id }: RepositorySpec): RepositoryId {
  return id
}
