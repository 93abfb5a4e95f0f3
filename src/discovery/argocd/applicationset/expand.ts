import { CodedError } from '../../../model/failure.ts'
import type { ApplicationSetStep, GeneratedApplications } from './generation.ts'
import type { ApplicationSetRequest, RepositoryAnswer, RepositoryNeed } from './inputs.ts'

/** A matrix may name repositories by what others hold, and matrices nest once: so many steps are enough for any set. */
const MAX_STEPS = 6

export interface ExpandDependencies {
  /** One step, wherever it is computed. */
  readonly step: (request: ApplicationSetRequest, signal: AbortSignal) => Promise<ApplicationSetStep>
  /** The tree of a repository at a revision, or why there is none (it is not permitted, it cannot be fetched). */
  readonly resolve: (need: RepositoryNeed, signal: AbortSignal) => Promise<RepositoryAnswer>
}

export interface ExpandedApplicationSet {
  readonly result: GeneratedApplications
  /** The repositories that were read; `result.dependencies` points into them. */
  readonly repositories: readonly RepositoryAnswer[]
}

/**
 * Expands one set, fetching what its git generators read as it becomes known.
 * @throws CodedError what `step` throws; `GDE_TOO_LARGE` for a set that reads too many repositories
 */
export async function expandApplicationSet(
  request: ApplicationSetRequest,
  used: ExpandDependencies,
  signal: AbortSignal,
): Promise<ExpandedApplicationSet> {
  let repositories = request.repositories
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const step = await used.step({ ...request, repositories }, signal)
    if (step.type === 'generated') return { result: step.result, repositories }
    const count = repositories.length + step.needs.length
    if (count > request.limits.repositories)
      throw new CodedError(
        'GDE_TOO_LARGE',
        `the ApplicationSet reads more than ${request.limits.repositories} repositories`,
      )
    const answers = await Promise.all(step.needs.map((need) => used.resolve(need, signal)))
    repositories = [...repositories, ...answers]
  }
  throw new CodedError('GDE_TOO_LARGE', `the ApplicationSet still asks for repositories after ${MAX_STEPS} steps`)
}
