import { isDeepStrictEqual } from 'node:util'
import { toFailure } from '../../../model/failure.ts'
import type { RepositorySpec } from '../../../model/inventory.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { SourceTree } from '../../../model/rendering.ts'
import type { RepositoryId } from '../../../model/source.ts'
import type { DiscoveryGit } from '../../discovery.ts'
import { textAt } from '../../fields/lenient-fields.ts'
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

export interface ComputeSetsOptions {
  readonly git: DiscoveryGit
  /** One step of an expansion, wherever it is computed. */
  readonly step: (request: ApplicationSetRequest, signal: AbortSignal) => Promise<ApplicationSetStep>
  readonly onChange: () => void
}

/** Keeps the results of ApplicationSets up to date. */
export interface ComputedSets {
  /** Replaces the sets to compute, and the inputs they share. */
  track(snapshot: ApplicationSetInputs): void
  result(set: KubernetesObject): GeneratedApplications | undefined
  /** The repositories that the sets read. */
  readonly repositories: readonly RepositorySpec[]
  /** Every set was computed, or failed. */
  readonly complete: boolean
}

interface Computed {
  readonly set: KubernetesObject
  snapshot: ApplicationSetInputs
  result: GeneratedApplications | undefined
  /** The repositories that the result was computed from. */
  answers: readonly RepositoryAnswer[]
  /** The repositories that it asked for. */
  readonly needs: Set<RepositoryNeed>
  readonly repositories: Set<RepositoryId>
  running: AbortController | undefined
  isStale: boolean
  retry: NodeJS.Timeout | undefined
}

/** Sets computed at a time. They mostly wait for Git; the steps queue for the thread pool. */
const MAX_CONCURRENT_SETS = 8
/** Retry of a set that could not read a repository, unless that repository moves before. */
const RETRY_MS = 30_000

export function computeSets({ git, step, onChange }: ComputeSetsOptions, signal: AbortSignal): ComputedSets {
  const known = new Map<string, Computed>()
  let running = 0

  git.onMoved((repository) => {
    for (const one of known.values()) if (one.repositories.has(repository)) one.isStale = true
    pump()
  })

  function pump(): void {
    for (const one of known.values()) {
      if (running >= MAX_CONCURRENT_SETS || signal.aborted) return
      if (!one.isStale || one.running !== undefined) continue
      running += 1
      const stop = new AbortController()
      one.running = stop
      one.isStale = false
      void compute(one, AbortSignal.any([signal, stop.signal])).finally(() => {
        one.running = undefined
        running -= 1
        if (!stop.signal.aborted) onChange()
        pump()
      })
    }
  }

  async function compute(one: Computed, until: AbortSignal): Promise<void> {
    if (await stillHolds(one, until)) return
    one.needs.clear()
    one.repositories.clear()
    const { result, repositories } = await expand(one, until)
    if (until.aborted) return
    one.result = result
    one.answers = repositories
    clearTimeout(one.retry)
    if (!repositories.some(({ found }) => 'failure' in found)) return
    one.retry = setTimeout(() => {
      one.isStale = true
      pump()
    }, RETRY_MS).unref()
  }

  /** Whether the new commits changed none of the files that the result was computed from. */
  async function stillHolds(one: Computed, until: AbortSignal): Promise<boolean> {
    const { result, answers } = one
    if (result === undefined || answers.length === 0 || result.unstable) return false
    const trees: SourceTree[] = []
    for (const { need } of answers) {
      const { found } = await resolve(one, need, until)
      if ('failure' in found) return false
      trees.push(found.tree)
    }
    return git.unchanged(trees, result.dependencies, until).catch(() => false)
  }

  async function expand(one: Computed, until: AbortSignal): Promise<ExpandedApplicationSet> {
    const request: ApplicationSetRequest = { ...one.snapshot.common, applicationSet: one.set, repositories: [] }
    try {
      return await expandApplicationSet(request, { step, resolve: (need) => resolve(one, need, until) }, until)
    } catch (thrown) {
      // No retry: a step that timed out or crashed its thread would do so again.
      return { result: notGenerated(toFailure(thrown)), repositories: [] }
    }
  }

  async function resolve(one: Computed, need: RepositoryNeed, until: AbortSignal): Promise<RepositoryAnswer> {
    try {
      const spec = one.snapshot.resolveRepository(one.set, need)
      one.needs.add(need)
      one.repositories.add(spec.id)
      git.track(repositories())
      const { tree } = await git.resolve(spec.id, need.revision || 'HEAD', until)
      return { need, found: { tree } }
    } catch (thrown) {
      return { need, found: { failure: toFailure(thrown) } }
    }
  }

  /** Resolved anew each time: credentials may have changed since the set was computed. */
  function repositories(): readonly RepositorySpec[] {
    const specs = new Map<RepositoryId, RepositorySpec>()
    for (const { set, snapshot, needs } of known.values())
      for (const need of needs) {
        const spec = resolveIfPermitted(snapshot, set, need)
        if (spec !== undefined) specs.set(spec.id, spec)
      }
    return [...specs.values()]
  }

  function drop(one: Computed): void {
    one.running?.abort()
    clearTimeout(one.retry)
  }

  return {
    track(snapshot) {
      const wanted = new Map(snapshot.sets.map((set) => [keyOf(set), set]))
      for (const [key, one] of known) {
        if (wanted.has(key)) continue
        drop(one)
        known.delete(key)
      }
      for (const [key, set] of wanted) {
        const one = known.get(key)
        if (one !== undefined && isDeepStrictEqual([one.set, one.snapshot.common], [set, snapshot.common])) {
          // Permissions or credentials may have changed: check again whether the result still holds, which is cheap.
          one.isStale ||= one.snapshot !== snapshot && one.answers.length > 0
          one.snapshot = snapshot
          continue
        }
        if (one !== undefined) drop(one)
        known.set(key, { ...newSet(set, snapshot), result: one?.result })
      }
      pump()
    },
    result: (set) => known.get(keyOf(set))?.result,
    get repositories() {
      return repositories()
    },
    get complete() {
      return known.values().every(({ result, isStale, running: now }) => result !== undefined && !isStale && !now)
    },
  }
}

function newSet(set: KubernetesObject, snapshot: ApplicationSetInputs): Computed {
  return {
    set,
    snapshot,
    result: undefined,
    answers: [],
    needs: new Set(),
    repositories: new Set(),
    running: undefined,
    isStale: true,
    retry: undefined,
  }
}

function resolveIfPermitted(
  snapshot: ApplicationSetInputs,
  set: KubernetesObject,
  need: RepositoryNeed,
): RepositorySpec | undefined {
  try {
    return snapshot.resolveRepository(set, need)
  } catch {
    // No longer permitted: the set is computed again, and its result says why.
    return undefined
  }
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${textAt(metadata, 'namespace')}/${metadata.name}`
}
