import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { PoolMethods } from '../../src/threads/pool-protocol.ts'
import { createCaller } from '../../src/threads/rpc.ts'
import { createThreadPool, type ThreadPool } from '../../src/threads/thread-pool.ts'

const ENTRY = new URL('./fixtures/pool-thread.ts', import.meta.url)
const NEVER = new AbortController().signal

/** Real threads, counted. */
function poolOf(size: number, idleMilliseconds?: number) {
  const workers = new Map<number, Worker>()
  const equipped: number[] = []
  let started = 0
  const pool: ThreadPool = createThreadPool({
    size,
    ...(idleMilliseconds !== undefined && { idleMilliseconds }),
    threads: {
      async start() {
        started += 1
        const id = started
        const { port1, port2 } = new MessageChannel()
        const worker = new Worker(ENTRY, {
          workerData: { port: port1 },
          transferList: [port1],
          resourceLimits: { maxOldGenerationSizeMb: 64 },
        })
        let reason = 'it exited'
        worker.on('error', (error) => {
          reason = error.message
        })
        worker.on('exit', () => {
          if (workers.delete(id)) pool.ended(id, reason)
        })
        workers.set(id, worker)
        return { id, caller: createCaller<PoolMethods>(port2) }
      },
      async equip(id) {
        equipped.push(id)
      },
      async stop(id) {
        const worker = workers.get(id)
        workers.delete(id)
        await worker?.terminate()
      },
    },
  })
  return {
    work: async (file: string, options: { timeoutSeconds?: number; signal?: AbortSignal } = {}) => {
      const { timeoutSeconds = 20, signal = NEVER } = options
      const job = { type: 'snapshotFile', file, bytes: new Uint8Array() } as const
      const result = await pool.run(job, { name: `reading ${file}`, timeoutSeconds, signal })
      return result.type === 'snapshotFile' ? result.file.kubeVersion : undefined
    },
    started: () => started,
    alive: () => workers.size,
    equipped,
    async [Symbol.asyncDispose]() {
      const all = [...workers.values()]
      workers.clear()
      await Promise.all(all.map((worker) => worker.terminate()))
    },
  }
}

test('there are no threads before there is work, and never more than the size', async () => {
  await using pool = poolOf(2)
  assert.equal(pool.started(), 0)
  const names = Array.from({ length: 20 }, (_, index) => `job ${index}`)
  assert.deepEqual(await Promise.all(names.map((name) => pool.work(name))), names)
  assert.equal(pool.started(), 2)
})

test('a job that takes too long is killed with its thread, and the next one gets another', async () => {
  await using pool = poolOf(1)
  await assert.rejects(pool.work('loop', { timeoutSeconds: 0.5 }), {
    name: 'GDE_TIMEOUT',
    message: 'reading loop took longer than 0.5 s',
  })
  assert.equal(await pool.work('next'), 'next')
  assert.equal(pool.started(), 2)
})

test('a job that loops does not hold up the others', async () => {
  await using pool = poolOf(1)
  const abort = new AbortController()
  const looping = pool.work('loop', { timeoutSeconds: 600, signal: abort.signal })
  assert.equal(await pool.work('next'), 'next')
  abort.abort()
  await assert.rejects(looping, { name: 'GDE_ABORTED' })
})

test('a thread that dies takes only its own job along', async () => {
  await using pool = poolOf(2)
  const [one, dead, grown, other] = await Promise.allSettled(
    ['one', 'exit', 'grow', 'other'].map((name) => pool.work(name)),
  )
  assert.deepEqual([one?.status, other?.status], ['fulfilled', 'fulfilled'])
  for (const job of [dead, grown]) assert.ok(job?.status === 'rejected' && job.reason.name === 'GDE_RENDER_CRASHED')
  assert.match(String(grown?.status === 'rejected' && grown.reason.message), /memory/)
})

test('a job that needs the sandbox is done again on the same thread once that has it', async () => {
  await using pool = poolOf(1)
  assert.equal(await pool.work('needs sandbox'), 'needs sandbox')
  assert.deepEqual(pool.equipped, [1])
  assert.equal(pool.started(), 1)
})

test('idle threads are ended', async () => {
  await using pool = poolOf(1, 10)
  await pool.work('one')
  while (pool.alive() > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(await pool.work('two'), 'two')
  assert.equal(pool.started(), 2)
})

test('a job that is aborted while it waits is never begun', async () => {
  await using pool = poolOf(1)
  const abort = new AbortController()
  const looping = pool.work('loop', { timeoutSeconds: 600, signal: abort.signal })
  const waiting = pool.work('waiting', { signal: abort.signal })
  abort.abort()
  await assert.rejects(looping, { name: 'GDE_ABORTED' })
  await assert.rejects(waiting, { name: 'GDE_ABORTED' })
})
