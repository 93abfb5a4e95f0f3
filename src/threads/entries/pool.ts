/** The entry of a pool thread: one synchronous job at a time; the engine kills the thread when a job takes too long. */
import { parentPort, workerData } from 'node:worker_threads'
import { parseSnapshotFile } from '../../clusters/snapshot/parse-file.ts'
import { generateApplications } from '../../discovery/argocd/applicationset/generate.ts'
import { packRendering } from '../../engine/desired/packed-rendering.ts'
import { createTreeOpener } from '../../git/objects/tree-reader.ts'
import type { Sandbox } from '../../model/sandbox.ts'
import { createRenderer } from '../../render/renderer.ts'
import { createSandbox } from '../../sandbox/sandbox.ts'
import { jqPointers } from '../pool/jq-pointers.ts'
import type { PoolAnswer, PoolControlMethods, PoolJob, PoolMethods } from '../pool/pool-protocol.ts'
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

function work(job: PoolJob): PoolAnswer {
  switch (job.type) {
    case 'render':
      return { type: 'rendering', rendering: packRendering(renderer.render(job.request)) }
    case 'snapshotFile':
      return { type: 'snapshotFile', file: parseSnapshotFile(job.bytes, job.file, redactionKey, documentBytes) }
    case 'applicationSet': {
      const environment = { seed: 1, time: job.time }
      return {
        type: 'applicationSet',
        step: generateApplications(job.request, { openTree, sandbox: currentSandbox, environment }),
      }
    }
    case 'pointers':
      return { type: 'pointers', pointers: jqPointers(currentSandbox(), job.expressions, job.objects) }
    default:
      return job satisfies never
  }
}

answerCalls<PoolMethods>(port, {
  work(job) {
    lacksSandbox = false
    try {
      return work(job)
    } catch (thrown) {
      if (lacksSandbox) return { type: 'lacksSandbox' }
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
