/** The entry of the Git thread: the sole owner of the mirrors. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { openGit } from '../../git/git-service.ts'
import { filterLog } from '../../model/log.ts'
import { createArchiveOpener } from '../../sources/source-types.ts'
import { ownCpuSeconds } from '../pool/thread-cpu.ts'
import type {
  GitListenerMethods,
  GitMainMethods,
  GitMethods,
  GitThreadData,
  GitThreadMethods,
} from '../rpc/protocol.ts'
import { answerCalls, createCaller } from '../rpc/rpc.ts'
import { decryptRepositories } from '../rpc/secret-encryption.ts'
import { collectAll } from '../v8-tuning.ts'

if (parentPort === null) throw new Error('this is the entry of a thread')
const { stateDirectory, encryptionKey, logLevel }: GitThreadData = workerData
const main = createCaller<GitMainMethods>(parentPort)
const log = filterLog(
  logLevel,
  (level, message, fields) => void main.call('log', { level, message, ...(fields && { fields }) }),
)
const git = openGit({
  stateDirectory,
  now: Date.now,
  random: Math.random,
  openArchives: createArchiveOpener(),
  log: ({ repository, message }) => log('warn', `a mirror is made anew: ${message}`, { repository }),
})
let disconnect: () => void = () => undefined

function connectEngine(port: MessagePort): void {
  disconnect()
  log('debug', 'an engine is connected to git')
  const engine = createCaller<GitListenerMethods>(port)
  // If this engine is gone, its successor gets the status when it configures the repositories.
  const unsubscribe = git.onStatus((status) => void engine.call('status', status).catch(() => undefined))
  const stopAnswering = answerCalls<GitMethods>(port, {
    configure: (specs) => git.configure(decryptRepositories(specs, encryptionKey)),
    resolve: ({ repository, targetRevision }, signal) => git.resolve(repository, targetRevision, signal),
    unchanged: ({ trees, dependencies }, signal) => git.unchanged(trees, dependencies, signal),
    commitsBetween: ({ repository, ...range }, signal) => git.commitsBetween(repository, range, signal),
    commitsSince: ({ repository, commit, time }, signal) => git.commitsSince(repository, commit, time, signal),
    poll: (repository) => git.poll(repository),
    verify: (repository) => git.verify(repository),
  })
  disconnect = () => {
    unsubscribe()
    stopAnswering()
    port.close()
  }
}

answerCalls<GitThreadMethods>(parentPort, {
  connectEngine,
  poll(repositories) {
    for (const repository of repositories) git.poll(repository)
  },
  collect: collectAll,
  ping: ownCpuSeconds,
  async close() {
    disconnect()
    await git.close()
  },
})
