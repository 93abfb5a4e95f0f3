import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { RedactionKey } from '../../kubernetes/redaction.ts'
import { CodedError } from '../../model/failure.ts'
import { loadSandboxModule } from '../../sandbox/module.ts'
import type { PoolThreadData } from '../rpc/protocol.ts'
import { type Caller, createCaller } from '../rpc/rpc.ts'
import type { EncryptionKey } from '../rpc/secret-encryption.ts'
import { threadEntry } from '../thread-entry.ts'
import type { PoolControlMethods } from './pool-protocol.ts'
import { threadCpuSeconds } from './thread-cpu.ts'

export interface PoolWorkersOptions {
  readonly redactionKey: RedactionKey
  readonly showSecrets: boolean
  readonly documentBytes: number
  readonly encryptionKey: EncryptionKey
  readonly onEnd: (id: number, reason: string) => void
}

/** The threads of the pool: main starts them, loads their sandbox and stops them when the engine asks for it. */
export interface PoolWorkers {
  start(): { readonly id: number; readonly port: MessagePort }
  loadSandbox(id: number): Promise<void>
  stop(id: number): Promise<void>
  /** What the thread has computed since its start; undefined while it starts, and when it is gone. */
  cpuSeconds(id: number): Promise<number | undefined>
  stopAll(): Promise<void>
}

/** Limits of the JavaScript heap; the memory of the sandbox has a limit of its own. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 24 }

export function createPoolWorkers(options: PoolWorkersOptions): PoolWorkers {
  const { redactionKey, showSecrets, documentBytes, encryptionKey, onEnd } = options
  const workers = new Map<number, { readonly worker: Worker; readonly caller: Caller<PoolControlMethods> }>()
  let lastId = 0
  let module: Promise<WebAssembly.Module> | undefined

  /** Compiled once, when a job needs it; dropped with the last thread, to free some 130 MB. */
  function sandboxModule(): Promise<WebAssembly.Module> {
    const loading = module ?? loadSandboxModule()
    module = loading
    loading.catch(() => {
      module = undefined
    })
    return loading
  }

  /** Rejects a pending `loadSandbox` of the thread. */
  function remove(id: number): Worker | undefined {
    const known = workers.get(id)
    workers.delete(id)
    known?.caller.abandon({ code: 'GDE_ABORTED', message: 'the thread is gone' })
    if (workers.size === 0) module = undefined
    return known?.worker
  }

  return {
    start() {
      lastId += 1
      const id = lastId
      const { port1, port2 } = new MessageChannel()
      const data: PoolThreadData = { redactionKey, showSecrets, documentBytes, encryptionKey, port: port1 }
      const worker = new Worker(threadEntry('pool'), {
        name: 'pool',
        workerData: data,
        transferList: [port1],
        resourceLimits: RESOURCE_LIMITS,
      })
      let reason = 'it exited'
      worker.on('error', (error) => {
        reason = error.message
      })
      worker.on('exit', () => {
        if (remove(id)) onEnd(id, reason)
      })
      workers.set(id, { worker, caller: createCaller<PoolControlMethods>(worker) })
      return { id, port: port2 }
    },
    async loadSandbox(id) {
      const made = await sandboxModule()
      const known = workers.get(id)
      if (known === undefined) throw new CodedError('GDE_ABORTED', 'the thread is gone')
      await known.caller.call('loadSandbox', made)
    },
    async cpuSeconds(id) {
      const worker = workers.get(id)?.worker
      return worker === undefined ? undefined : threadCpuSeconds(worker)
    },
    async stop(id) {
      await remove(id)?.terminate()
    },
    async stopAll() {
      await Promise.all([...workers.keys()].map((id) => remove(id)?.terminate()))
    },
  }
}
