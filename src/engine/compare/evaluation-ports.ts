import type { EventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import type { AppState } from '../app-state.ts'
import type { AppRenderingPorts } from '../desired/app-rendering.ts'
import type { Repositories } from '../desired/repositories.ts'
import type { ClusterState } from '../live/cluster-state.ts'
import type { JudgePorts } from './object-verdict.ts'

/** What evaluations need of the rest of the engine. */
export interface EvaluationPorts extends JudgePorts, AppRenderingPorts {
  readonly repositories: Repositories
  readonly slice: EventLoopSlice
  /** Unix milliseconds. */
  readonly now: () => number
  readonly cluster: (name: string) => ClusterState | undefined
  /** What the app is compared with is about to change. */
  readonly beforeAdopting: (appState: AppState) => void
  /** An object was judged after all: there may be something to report of its app. */
  readonly onLate: (appState: AppState) => void
}
