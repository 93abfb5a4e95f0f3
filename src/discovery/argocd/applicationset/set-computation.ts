import { isDeepStrictEqual } from 'node:util'
import type { RepositorySpec } from '../../../model/apps/inventory.ts'
import { toFailure } from '../../../model/failure.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { SourceTree } from '../../../model/sources/rendering.ts'
import type { RepositoryId } from '../../../model/sources/source.ts'
import type { DiscoveryGit } from '../../discovery.ts'
import { type ExpandedApplicationSet, expandApplicationSet } from './expand.ts'
import { type ApplicationSetStep, type GeneratedApplications, notGenerated } from './generation.ts'
import type { ApplicationSetRequest, RepositoryAnswer, RepositoryNeed } from './inputs.ts'

/** What sets are computed in. */
export interface ApplicationSetInputs {
  readonly sets: readonly KubernetesObject[]
  /** What is the same for all sets. */
  readonly common: Omit<ApplicationSetRequest, 'applicationSet' | 'repositories'>
  /** How a repository that the set names is fetched. @throws CodedError */
  readonly resolveRepository: (set: KubernetesObject, need: RepositoryNeed) => RepositorySpec
}

export interface SetComputationOptions {
  readonly git: Pick<DiscoveryGit, 'resolve' | 'unchanged'>
  /** One step of an expansion, wherever it is computed. */
  readonly step: (request: ApplicationSetRequest, signal: AbortSignal) => Promise<ApplicationSetStep>
  /** The set asks for a repository, which has to be polled before it is resolved. */
  readonly onNeed: () => void
  /** It is stale again. */
  readonly onStale: () => void
}

/** Retry of a set that could not read a repository, unless that repository moves before. */
const RETRY_MS = 30_000

/** One ApplicationSet with its latest result, and what that was computed from. */
export class SetComputation {
  readonly #options: SetComputationOptions
  readonly #set: KubernetesObject
  #inputs: ApplicationSetInputs
  #result: GeneratedApplications | undefined
  /** The repositories that the result was computed from. */
  #answers: readonly RepositoryAnswer[] = []
  /** The repositories that it asked for. */
  readonly #needs = new Set<RepositoryNeed>()
  readonly #repositories = new Set<RepositoryId>()
  #running: AbortController | undefined
  #isStale = true
  #retry: NodeJS.Timeout | undefined

  /** @param before its predecessor with other inputs, whose result stays until there is a new one */
  constructor(
    set: KubernetesObject,
    inputs: ApplicationSetInputs,
    options: SetComputationOptions,
    before?: SetComputation,
  ) {
    this.#set = set
    this.#inputs = inputs
    this.#options = options
    this.#result = before?.result
  }

  get result(): GeneratedApplications | undefined {
    return this.#result
  }

  /** It was computed, or failed, and nothing it was computed from has changed since. */
  get isComplete(): boolean {
    return this.#result !== undefined && !this.#isStale && this.#running === undefined
  }

  get isDue(): boolean {
    return this.#isStale && this.#running === undefined
  }

  /** Resolved anew each time: credentials may have changed since the set was computed. */
  get repositories(): readonly RepositorySpec[] {
    return [...this.#needs].flatMap((need) => resolveIfPermitted(this.#inputs, this.#set, need) ?? [])
  }

  repositoryMoved(repository: RepositoryId): void {
    if (this.#repositories.has(repository)) this.#isStale = true
  }

  /** @returns whether the set is the same, and goes on with the new inputs */
  update(set: KubernetesObject, inputs: ApplicationSetInputs): boolean {
    if (!isDeepStrictEqual([this.#set, this.#inputs.common], [set, inputs.common])) return false
    // Permissions or credentials may have changed: check again whether the result still holds, which is cheap.
    this.#isStale ||= this.#inputs !== inputs && this.#answers.length > 0
    this.#inputs = inputs
    return true
  }

  /** @returns false after `stop` */
  async run(signal: AbortSignal): Promise<boolean> {
    const stop = new AbortController()
    this.#running = stop
    this.#isStale = false
    try {
      await this.#compute(AbortSignal.any([signal, stop.signal]))
    } finally {
      this.#running = undefined
    }
    return !stop.signal.aborted
  }

  stop(): void {
    this.#running?.abort()
    clearTimeout(this.#retry)
  }

  async #compute(until: AbortSignal): Promise<void> {
    if (await this.#stillHolds(until)) return
    this.#needs.clear()
    this.#repositories.clear()
    const { result, repositories } = await this.#expand(until)
    if (until.aborted) return
    this.#result = result
    this.#answers = repositories
    clearTimeout(this.#retry)
    if (!repositories.some(({ found }) => 'failure' in found)) return
    this.#retry = setTimeout(() => {
      this.#isStale = true
      this.#options.onStale()
    }, RETRY_MS).unref()
  }

  /** Whether the new commits changed none of the files that the result was computed from. */
  async #stillHolds(until: AbortSignal): Promise<boolean> {
    const result = this.#result
    if (result === undefined || this.#answers.length === 0 || result.unstable) return false
    const trees: SourceTree[] = []
    for (const { need } of this.#answers) {
      const { found } = await this.#resolve(need, until)
      if ('failure' in found) return false
      trees.push(found.tree)
    }
    return this.#options.git.unchanged(trees, result.dependencies, until).catch(() => false)
  }

  async #expand(until: AbortSignal): Promise<ExpandedApplicationSet> {
    const request: ApplicationSetRequest = { ...this.#inputs.common, applicationSet: this.#set, repositories: [] }
    const resolve = (need: RepositoryNeed) => this.#resolve(need, until)
    try {
      return await expandApplicationSet(request, { step: this.#options.step, resolve }, until)
    } catch (thrown) {
      // No retry: a step that timed out or crashed its thread would do so again.
      return { result: notGenerated(toFailure(thrown)), repositories: [] }
    }
  }

  async #resolve(need: RepositoryNeed, until: AbortSignal): Promise<RepositoryAnswer> {
    try {
      const spec = this.#inputs.resolveRepository(this.#set, need)
      this.#needs.add(need)
      this.#repositories.add(spec.id)
      this.#options.onNeed()
      const { tree } = await this.#options.git.resolve(spec.id, need.revision || 'HEAD', until)
      return { need, found: { tree } }
    } catch (thrown) {
      return { need, found: { failure: toFailure(thrown) } }
    }
  }
}

function resolveIfPermitted(
  inputs: ApplicationSetInputs,
  set: KubernetesObject,
  need: RepositoryNeed,
): RepositorySpec | undefined {
  try {
    return inputs.resolveRepository(set, need)
  } catch {
    // No longer permitted: the set is computed again, and its result says why.
    return undefined
  }
}
