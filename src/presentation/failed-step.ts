import type { ErrorCode } from '../model/errors.ts'
import type { Failure } from '../model/failure.ts'

/** The way of a verdict, in its order: what is declared is read, its sources are fetched and rendered, the cluster is read, both are compared. */
export const STEPS = ['declare', 'fetch', 'render', 'read', 'compare'] as const
export type Step = (typeof STEPS)[number]

/** By the start of a code; the longest that fits says it. */
const STEP_OF: readonly (readonly [prefix: string, step: Step])[] = [
  ['GDE_GIT_', 'fetch'],
  ['GDE_SOURCE_', 'fetch'],
  ['GDE_CHART_', 'fetch'],
  ['GDE_CREDENTIALS', 'fetch'],
  ['GDE_FLUX_ARTIFACT', 'fetch'],
  ['GDE_UNSUPPORTED_CREDENTIALS', 'fetch'],
  ['GDE_DECRYPTION_', 'render'],
  ['GDE_RENDER_', 'render'],
  ['GDE_JQ_', 'render'],
  ['GDE_UNSUPPORTED_', 'render'],
  ['GDE_CLUSTER_UNKNOWN', 'declare'],
  ['GDE_CLUSTER_', 'read'],
  ['GDE_SNAPSHOT_', 'read'],
  ['GDE_RIGHT_', 'read'],
  ['GDE_HELM_STORAGE', 'read'],
  ['GDE_COMPARE_', 'compare'],
  ['GDE_OWNERSHIP_', 'compare'],
  ['GDE_TRACKED_', 'compare'],
  ['GDE_CONFIG_', 'declare'],
  ['GDE_ARGOCD_', 'declare'],
  ['GDE_APPSET_', 'declare'],
  ['GDE_FLUX_', 'declare'],
  ['GDE_TEMPLATE_', 'declare'],
  ['GDE_NOT_PERMITTED', 'declare'],
]

/**
 * Where a verdict failed. What a limit, an abort or stale data stopped has the step of what it names: a file is rendered, a repository fetched, a
 * cluster read. Undefined where neither says it (a bug, nothing tried yet).
 */
export function failedStep(failure: Pick<Failure, 'code' | 'cluster' | 'repository' | 'file'>): Step | undefined {
  return stepOfCode(failure.code) ?? stepOfPlace(failure)
}

function stepOfPlace({
  cluster,
  repository,
  file,
}: Pick<Failure, 'cluster' | 'repository' | 'file'>): Step | undefined {
  if (file !== undefined) return 'render'
  if (repository !== undefined) return 'fetch'
  return cluster === undefined ? undefined : 'read'
}

function stepOfCode(code: ErrorCode): Step | undefined {
  const fitting = STEP_OF.filter(([prefix]) => code.startsWith(prefix))
  return fitting.toSorted(([one], [other]) => other.length - one.length)[0]?.[1]
}

/** What could not be done, in words. */
export const STEP_FAILED: Readonly<Record<Step, string>> = {
  declare: 'what is declared cannot be used',
  fetch: 'the source cannot be fetched',
  render: 'rendering failed',
  read: 'the cluster cannot be read',
  compare: 'it cannot be compared',
}
