import type { JobName, JobOutput, PoolJob } from './pool-jobs.ts'

/** `lacksSandbox`: the job has to be sent again once the thread has loaded the sandbox. */
export type PoolAnswer = { readonly output: JobOutput<JobName> } | 'lacksSandbox'

/** What a pool thread answers the engine. */
export type PoolMethods = { work(job: PoolJob): PoolAnswer }

/** What a pool thread answers main. */
export type PoolControlMethods = { loadSandbox(module: WebAssembly.Module): void }
