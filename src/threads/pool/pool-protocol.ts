import type { JobName, JobOutput, PoolJob } from './pool-jobs.ts'

/**
 * `lacksSandbox`: the job has to be sent again once the thread has loaded the sandbox. `isLarge`: what it parses takes more memory than a
 * job usually may, so it has to be sent again when it is the only one.
 */
export type PoolAnswer =
  | {
      readonly output: JobOutput<JobName>
      /** What the job computed, whatever else the machine did meanwhile. */
      readonly cpuSeconds: number
    }
  | 'lacksSandbox'
  | 'isLarge'

export interface PoolTask {
  readonly job: PoolJob
  /** It has the budget of a large job. */
  readonly isLarge: boolean
}

/** What a pool thread answers the engine. */
export type PoolMethods = { work(task: PoolTask): PoolAnswer }

/** What a pool thread answers main. */
export type PoolControlMethods = { loadSandbox(module: WebAssembly.Module): void }
