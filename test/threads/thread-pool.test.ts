import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { PoolControlMethods, PoolMethods } from '../../src/threads/pool/pool-protocol.ts'
import { POOL_TIMES, type PoolTimes } from '../../src/threads/pool/pool-thread.ts'
import { threadCpuSeconds } from '../../src/threads/pool/thread-cpu.ts'
import { createThreadPool, type ThreadPool } from '../../src/threads/pool/thread-pool.ts'
import { createCaller } from '../../src/threads/rpc/rpc.ts'

const ENTRY = new URL('./fixtures/pool-thread.ts', import.meta.url)
const NEVER = new AbortController().signal
const NOWHERE = { kubeVersion: '1.36.0', apiVersions: [] }
/** The smallest module there is. */
const MODULE = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))

interface PoolWish {
  readonly renderSeconds?: number
  readonly crowdedSize?: number
  readonly hasRoom?: boolean
  readonly idleMs?: number
  /** By default no thread is ever one too many: how long one takes to start is the machine's affair. */
  readonly spareAfterMs?: number
  readonly times?: PoolTimes
  /** What the sandbox waits for. */
  readonly sandbox?: Promise<void>
}

/** Real threads, counted. */
function poolOf(size: number, wish: PoolWish = {}) {
  const { renderSeconds = 600, crowdedSize, hasRoom = true, idleMs, spareAfterMs = 600_000, times, sandbox } = wish
  const workers = new Map<number, Worker>()
  const loadedSandbox: number[] = []
  const large = new SharedArrayBuffer(4)
  let started = 0
  const pool: ThreadPool = createThreadPool({
    size,
    limits: { renderSeconds, documentBytes: 1000 },
    spareAfterMs,
    ...(crowdedSize !== undefined && { crowdedSize, crowdedIdleMs: 10 }),
    hasRoom: () => hasRoom,
    ...(idleMs !== undefined && { idleMs }),
    ...(times !== undefined && { times }),
    threads: {
      async start() {
        started += 1
        const id = started
        const { port1, port2 } = new MessageChannel()
        const worker = new Worker(ENTRY, {
          workerData: { port: port1, large },
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
      async loadSandbox(id) {
        await sandbox
        const worker = workers.get(id)
        if (worker === undefined) throw new Error('the thread is gone')
        await createCaller<PoolControlMethods>(worker).call('loadSandbox', MODULE)
        loadedSandbox.push(id)
      },
      async cpuSeconds(id) {
        const worker = workers.get(id)
        return worker === undefined ? undefined : threadCpuSeconds(worker)
      },
      async stop(id) {
        const worker = workers.get(id)
        workers.delete(id)
        await worker?.terminate()
      },
    },
  })
  return {
    work: async (app: string, signal: AbortSignal = NEVER, tenant = '') => {
      const input = { app, tenant, sources: [], destination: NOWHERE }
      const outcome = await pool.run({ name: 'render', input }, signal)
      return 'warnings' in outcome ? outcome.warnings[0]?.message : undefined
    },
    parse: async (bytes: Uint8Array) =>
      (await pool.run({ name: 'snapshotFile', input: { file: 'dump.yaml', bytes } }, NEVER)).kubeVersion,
    started: () => started,
    alive: () => workers.size,
    loadedSandbox,
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
  await using pool = poolOf(1, { renderSeconds: 0.5 })
  await assert.rejects(pool.work('loop'), {
    name: 'GDE_TIMEOUT',
    message: 'rendering took longer than 0.5 s',
  })
  assert.equal(await pool.parse(new Uint8Array()), 'dump.yaml')
  assert.equal(pool.started(), 2)
})

test('a job that waits for the machine has not spent its time', async () => {
  await using pool = poolOf(1, { renderSeconds: 0.2 })
  // The thread has computed what it takes to start.
  assert.equal(await pool.work('one'), 'one')
  assert.equal(await pool.work('wait'), 'wait')
  assert.equal(pool.started(), 1)
})

test('a thread at a standstill is ended', async () => {
  await using pool = poolOf(1, { times: { slice: 0.3, standstill: 0.2, standstillFactor: 0 } })
  await assert.rejects(pool.work('stand'), { name: 'GDE_TIMEOUT', message: 'rendering came to a standstill' })
})

test('however many charts of one tenant loop, others wait for one slice of it', async () => {
  await using pool = poolOf(1, { times: { ...POOL_TIMES, slice: 0.2 } })
  const abort = new AbortController()
  const looping = Array.from({ length: 12 }, () => pool.work('loop', abort.signal, 'evil'))
  const good = ['one', 'two', 'three'].map((name) => pool.work(name, NEVER, name === 'three' ? 'other' : 'good'))
  assert.deepEqual(await Promise.all(good), ['one', 'two', 'three'])
  assert.equal(pool.started(), 2, 'one slice')
  abort.abort()
  for (const job of looping) await assert.rejects(job, { name: 'GDE_ABORTED' })
})

test('what needs more than a slice has its whole limit behind the others of its tenant', async () => {
  await using pool = poolOf(1, { renderSeconds: 1, times: { ...POOL_TIMES, slice: 0.2 } })
  const order: string[] = []
  const note = (name: string) => () => order.push(name)
  const jobs = [
    pool.work('loop', NEVER, 'one').catch(note('long')),
    pool.work('short', NEVER, 'one').then(note('short')),
    pool.work('other', NEVER, 'two').then(note('other')),
  ]
  await Promise.all(jobs)
  assert.deepEqual(order, ['other', 'short', 'long'])
  assert.equal(pool.started(), 2, 'it was begun twice')
})

test('a job that loops does not hold up the others', async () => {
  await using pool = poolOf(1, { spareAfterMs: 100 })
  const abort = new AbortController()
  const looping = pool.work('loop', abort.signal)
  assert.equal(await pool.work('next'), 'next')
  abort.abort()
  await assert.rejects(looping, { name: 'GDE_ABORTED' })
})

test('bytes of a job are moved into its thread where they have a buffer of their own', async () => {
  await using pool = poolOf(1)
  const [own, shared] = [new Uint8Array(8), new Uint8Array(new ArrayBuffer(16), 0, 8)]
  for (const bytes of [own, shared]) assert.equal(await pool.parse(bytes), 'dump.yaml')
  assert.deepEqual([own.byteLength, shared.byteLength], [0, 8])
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
  assert.deepEqual(pool.loadedSandbox, [1])
  assert.equal(pool.started(), 1)
})

test('jobs that do without the sandbox do not wait for it', async () => {
  const compiled = Promise.withResolvers<void>()
  await using pool = poolOf(1, { sandbox: compiled.promise })
  const order: (string | undefined)[] = []
  const done = ['needs sandbox', 'one', 'needs sandbox', 'two'].map((name) =>
    pool.work(name).then((did) => order.push(did)),
  )
  await Promise.all([done[1], done[3]])
  compiled.resolve()
  await Promise.all(done)
  assert.deepEqual(order, ['one', 'two', 'needs sandbox', 'needs sandbox'])
  assert.deepEqual(pool.loadedSandbox, [1])
  assert.equal(pool.started(), 1)
})

test('without a sandbox only the jobs that need it fail, and the next ones try again', async () => {
  const compiled = Promise.withResolvers<void>()
  await using pool = poolOf(1, { sandbox: compiled.promise })
  const needy = [pool.work('needs sandbox'), pool.work('needs sandbox')]
  assert.equal(await pool.work('one'), 'one')
  compiled.reject(new Error('it is not built'))
  for (const job of needy) await assert.rejects(job, { message: 'it is not built' })
  await assert.rejects(pool.work('needs sandbox'), { message: 'it is not built' })
  assert.equal(await pool.work('two'), 'two')
})

test('jobs that parse much are done one at a time, and their threads give the memory back', async () => {
  await using pool = poolOf(3)
  const apps = ['needs memory', 'good', 'needs memory', 'needs memory', 'good']
  assert.deepEqual(await Promise.all(apps.map((app) => pool.work(app))), apps)
  const begun = pool.started()
  await pool.work('good')
  assert.ok(begun > 3 || pool.started() > 3, 'a thread that did a large job did no other one')
})

test('a job that waits for the sandbox can be taken back', async () => {
  const compiled = Promise.withResolvers<void>()
  await using pool = poolOf(1, { sandbox: compiled.promise })
  const abort = new AbortController()
  const [one, other] = [pool.work('needs sandbox', abort.signal), pool.work('needs sandbox')]
  assert.equal(await pool.work('one'), 'one')
  abort.abort()
  await assert.rejects(one, { name: 'GDE_ABORTED' })
  compiled.resolve()
  assert.equal(await other, 'needs sandbox')
})

test('a thread that dies while it waits for the sandbox leaves its jobs to the next', async () => {
  const compiled = Promise.withResolvers<void>()
  await using pool = poolOf(1, { sandbox: compiled.promise })
  const needy = pool.work('needs sandbox')
  await assert.rejects(pool.work('exit'), { name: 'GDE_RENDER_CRASHED' })
  compiled.resolve()
  assert.equal(await needy, 'needs sandbox')
  assert.equal(pool.started(), 2)
})

test('idle threads are ended', async () => {
  await using pool = poolOf(1, { idleMs: 10 })
  await pool.work('one')
  while (pool.alive() > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(await pool.work('two'), 'two')
  assert.equal(pool.started(), 2)
})

test('while seconds of work wait there is one thread more, which is ended when nothing waits any more', async () => {
  await using pool = poolOf(1, { crowdedSize: 2 })
  const long = Array.from({ length: 60 }, () => pool.work('take two seconds'))
  await Promise.all(long)
  assert.equal(pool.started(), 2)
  while (pool.alive() > 1) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(await pool.work('one'), 'one')
  assert.equal(pool.started(), 2)
})

test('for many short jobs, or without memory for it, there is no thread more', async () => {
  await using short = poolOf(1, { crowdedSize: 2 })
  await Promise.all(Array.from({ length: 200 }, (_, index) => short.work(`job ${index}`)))
  assert.equal(short.started(), 1)
  await using full = poolOf(1, { crowdedSize: 2, hasRoom: false })
  await Promise.all(Array.from({ length: 30 }, () => full.work('take two seconds')))
  assert.equal(full.started(), 1)
})

test('a job that is aborted while it waits is never begun', async () => {
  await using pool = poolOf(1)
  const abort = new AbortController()
  const looping = pool.work('loop', abort.signal)
  const waiting = pool.work('waiting', abort.signal)
  abort.abort()
  await assert.rejects(looping, { name: 'GDE_ABORTED' })
  await assert.rejects(waiting, { name: 'GDE_ABORTED' })
})
