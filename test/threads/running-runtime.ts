import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { AppReport } from '../../src/model/fleet.ts'
import type { LogLevel } from '../../src/model/log.ts'
import { type Runtime, type RuntimeOptions, startRuntime } from '../../src/threads/runtime.ts'
import type { Fixture } from '../engine/engine-fixture.ts'

export interface RunOptions {
  readonly stateDirectory?: string
  readonly renderSeconds?: number
  readonly documentBytes?: number
  readonly staleAfter?: RuntimeOptions['staleAfter']
  readonly logLevel?: LogLevel
}

/** A runtime as the commands start it, and the threads that it made, so that a test can kill one. */
export async function run(fixture: Fixture, options: RunOptions = {}) {
  const threads: { readonly worker: Worker; readonly name: string }[] = []
  const created = (message: unknown): void => {
    const { worker } = message as { worker: Worker & { threadName?: string } }
    threads.push({ worker, name: worker.threadName ?? '' })
  }
  const logged: { level: LogLevel; message: string }[] = []
  subscribe('worker_threads', created)
  const runtime = await startRuntime({
    stateDirectory: options.stateDirectory ?? join(fixture.folder, 'state'),
    staleAfter: options.staleAfter ?? { clusterSeconds: 120, gitSeconds: 300 },
    journal: { days: 90, bytes: 1e9, commitAuthors: false },
    limits: { renderSeconds: options.renderSeconds ?? 30, documentBytes: options.documentBytes ?? 10_000_000 },
    ...(options.logLevel !== undefined && { logLevel: options.logLevel }),
    log: (level, message) => logged.push({ level, message }),
  })
  return {
    runtime,
    logged,
    kill: async (name: string) => {
      const last = threads.findLast((thread) => thread.name === name)
      assert.ok(last !== undefined, `no thread ${name}`)
      await last.worker.terminate()
    },
    started: (name: string) => threads.filter((thread) => thread.name === name).length,
    until: (name: string, wish: (report: AppReport) => boolean, cluster = 'one') =>
      until(runtime, { name, cluster }, wish),
    async [Symbol.asyncDispose]() {
      await runtime.close()
      unsubscribe('worker_threads', created)
    },
  }
}

function until(
  runtime: Runtime,
  { name, cluster }: { name: string; cluster: string },
  wish: (report: AppReport) => boolean,
): Promise<AppReport> {
  const { promise, resolve, reject } = Promise.withResolvers<AppReport>()
  const find = (): AppReport | undefined =>
    [...runtime.fleet.apps.values()].find(({ summary }) => summary.name === name && summary.destination === cluster)
  const timer = setTimeout(() => reject(new Error(`never: ${JSON.stringify(find()?.verdict)}`)), 60_000)
  const check = (): void => {
    const report = find()
    if (report !== undefined && wish(report)) resolve(report)
  }
  const stop = runtime.fleet.subscribe(check)
  check()
  return promise.finally(() => {
    clearTimeout(timer)
    stop()
  })
}
