import type { RepositorySpec } from '../../../model/apps/inventory.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { RepositoryId } from '../../../model/sources/source.ts'
import type { DiscoveryGit } from '../../discovery.ts'
import { textAt } from '../../fields/lenient-fields.ts'
import type { GeneratedApplications } from './generation.ts'
import { type ApplicationSetInputs, SetComputation, type SetComputationOptions } from './set-computation.ts'

export interface ComputeSetsOptions extends Pick<SetComputationOptions, 'step'> {
  readonly git: DiscoveryGit
  readonly onChange: () => void
}

/** Keeps the results of ApplicationSets up to date. */
export interface ComputedSets {
  /** Replaces the sets to compute, and the inputs they share. */
  track(inputs: ApplicationSetInputs): void
  result(set: KubernetesObject): GeneratedApplications | undefined
  /** The repositories that the sets read. */
  readonly repositories: readonly RepositorySpec[]
  /** Every set was computed, or failed. */
  readonly complete: boolean
}

/** Sets computed at a time. They mostly wait for Git; the steps queue for the thread pool. */
const MAX_CONCURRENT_SETS = 8

export function computeSets({ git, step, onChange }: ComputeSetsOptions, signal: AbortSignal): ComputedSets {
  const known = new Map<string, SetComputation>()
  const options: SetComputationOptions = { git, step, onNeed: () => git.track(repositories()), onStale: pump }
  let running = 0

  git.onMoved((repository) => {
    for (const one of known.values()) one.repositoryMoved(repository)
    pump()
  })

  function pump(): void {
    for (const one of known.values()) {
      if (running >= MAX_CONCURRENT_SETS || signal.aborted) return
      if (one.isDue) void run(one)
    }
  }

  async function run(one: SetComputation): Promise<void> {
    running += 1
    const isWanted = await one.run(signal).finally(() => {
      running -= 1
    })
    if (isWanted) onChange()
    pump()
  }

  function repositories(): readonly RepositorySpec[] {
    const specs = new Map<RepositoryId, RepositorySpec>()
    for (const one of known.values()) for (const spec of one.repositories) specs.set(spec.id, spec)
    return [...specs.values()]
  }

  return {
    track(inputs) {
      const wanted = new Map(inputs.sets.map((set) => [keyOf(set), set]))
      for (const [key, one] of known) {
        if (wanted.has(key)) continue
        one.stop()
        known.delete(key)
      }
      for (const [key, set] of wanted) {
        const before = known.get(key)
        if (before?.update(set, inputs) === true) continue
        before?.stop()
        known.set(key, new SetComputation(set, inputs, options, before))
      }
      pump()
    },
    result: (set) => known.get(keyOf(set))?.result,
    get repositories() {
      return repositories()
    },
    get complete() {
      return known.values().every((one) => one.isComplete)
    },
  }
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${textAt(metadata, 'namespace')}/${metadata.name}`
}
