/** The entry of a pool thread: one synchronous job at a time; the engine kills the thread when a job takes too long. */
import { parentPort, workerData } from 'node:worker_threads'
import { createTreeOpener } from '../../git/objects/tree-reader.ts'
import { JOB_BYTES, ParsingBudget } from '../../kubernetes/serialization/parsing-budget.ts'
import type { Sandbox } from '../../model/sources/sandbox.ts'
import { createRenderer } from '../../render/renderer.ts'
import { createSandbox } from '../../sandbox/sandbox.ts'
import { type PoolContext, workOn } from '../pool/pool-jobs.ts'
import type { PoolControlMethods, PoolMethods } from '../pool/pool-protocol.ts'
import type { PoolThreadData } from '../rpc/protocol.ts'
import { answerCalls } from '../rpc/rpc.ts'
import { decryptText } from '../rpc/secret-encryption.ts'

const { redactionKey, showSecrets, documentBytes, encryptionKey, port }: PoolThreadData = workerData
let module: WebAssembly.Module | undefined
let sandbox: Sandbox | undefined
let lacksSandbox = false

const openTree = createTreeOpener()
const renderer = createRenderer({
  openTree,
  sandbox: currentSandbox,
  redactionKey: showSecrets ? 'unredacted' : redactionKey,
  limits: { documentBytes },
  decrypt: (encrypted) => decryptText(encrypted, encryptionKey),
})

/** The module is only loaded when a job needs it; that job is then started again. */
function currentSandbox(): Sandbox {
  if (module === undefined) {
    lacksSandbox = true
    throw new Error('the sandbox is not loaded yet')
  }
  sandbox ??= createSandbox(module)
  return sandbox
}

const context: PoolContext = { renderer, openTree, sandbox: currentSandbox, redactionKey, documentBytes }

answerCalls<PoolMethods>(port, {
  work({ job, isLarge }) {
    lacksSandbox = false
    const budget = new ParsingBudget(isLarge ? JOB_BYTES.large : JOB_BYTES.usual)
    try {
      const before = process.threadCpuUsage()
      const output = budget.run(() => workOn(job, context))
      // Whoever read it may have made something else of the error.
      if (budget.isSpent && !isLarge) return 'isLarge'
      const { user, system } = process.threadCpuUsage(before)
      return { output, cpuSeconds: (user + system) / 1e6 }
    } catch (thrown) {
      if (lacksSandbox) return 'lacksSandbox'
      if (budget.isSpent && !isLarge) return 'isLarge'
      throw thrown
    }
  },
})

if (parentPort !== null)
  answerCalls<PoolControlMethods>(parentPort, {
    loadSandbox(made) {
      module = made
    },
  })
