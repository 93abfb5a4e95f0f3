import { toFailure } from '../../model/failure.ts'
import type { Log } from '../../model/log.ts'
import type { GitService } from '../../model/sources/git.ts'
import type { AppState } from '../app-state.ts'
import { fetchBaseline, isSameBaseline } from '../cause/baseline.ts'
import { appliedBaseline } from '../cause/explain-drift.ts'
import { inferBaseline } from '../cause/inferred-baseline.ts'
import type { AppRenderingPorts } from '../desired/app-rendering.ts'
import type { Repositories } from '../desired/repositories.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import type { Questions } from './evaluate-verdict.ts'

export interface AnswerPorts extends AppRenderingPorts {
  readonly commitsSince: GitService['commitsSince']
  readonly repositories: Repositories
  readonly log: Log
}

/** So long a verdict may wait for Git's history, which may have to be fetched. */
const HISTORY_MS = 10_000

/** Fetches what a verdict needs, into the app's objects. Never rejects: what cannot be had is told by the objects alone. */
export async function answerQuestions(
  appState: AppState,
  cluster: ClusterState,
  { baselines, needsInference }: Questions,
  ports: AnswerPorts,
): Promise<void> {
  const { app, desired, objects } = appState
  const { capabilities } = cluster
  if (capabilities === undefined) return
  const applied = appliedBaseline(appState)
  await Promise.all(baselines.map((baseline) => fetchBaseline(app, baseline, capabilities, ports)))
  const rendered = baselines.find((baseline) => applied !== undefined && isSameBaseline(baseline, applied))
  if (rendered !== undefined) objects.setApplied(rendered)
  const of = desired.current?.baseline
  if (!needsInference || of === undefined) return
  // Without history, or where it takes long, the cause is what the objects alone tell: that there is drift cannot wait for it.
  const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(HISTORY_MS)])
  const baseline = await inferBaseline(appState, cluster, { ...ports, signal }).catch((thrown: unknown) => {
    ports.log('info', 'the history of an app cannot be had', { ...toFailure(thrown), app: appState.id })
    return undefined
  })
  objects.setInferred({ of, baseline })
}
