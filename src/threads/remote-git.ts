import type { MessagePort } from 'node:worker_threads'
import type { GitPort } from '../engine/desired/repositories.ts'
import type { RepositorySpec } from '../model/apps/inventory.ts'
import type { RepositoryStatus } from '../model/sources/git.ts'
import type { GitListenerMethods, GitMethods } from './rpc/protocol.ts'
import { answerCalls, type Caller, createCaller } from './rpc/rpc.ts'
import { type EncryptionKey, encryptRepositories } from './rpc/secret-encryption.ts'

/** The Git thread as the engine uses it; it may be replaced at any time. */
export interface RemoteGit extends GitPort {
  connect(port: MessagePort): void
}

/**
 * Calls wait while there is no Git thread; those under way when it dies fail as `GDE_ABORTED`.
 * @param start has a thread started, which `connect` then connects; called with the first repository
 */
export function createRemoteGit(encryptionKey: EncryptionKey, start: () => void): RemoteGit {
  const listeners = new Set<(status: RepositoryStatus) => void>()
  let specs: readonly RepositorySpec[] = []
  let isWanted = false
  let current: { readonly port: MessagePort; readonly caller: Caller<GitMethods> } | undefined
  let arrive: (caller: Caller<GitMethods>) => void
  let caller = new Promise<Caller<GitMethods>>((resolve) => {
    arrive = resolve
  })

  async function ask<Name extends keyof GitMethods>(
    name: Name,
    argument: Parameters<GitMethods[Name]>[0],
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<GitMethods[Name]>>> {
    return (await caller).call(name, argument, signal)
  }

  // A dead thread needs no call: its successor is configured anew, and the next pass polls again.
  const ignoreRejection = (): void => undefined

  return {
    connect(port) {
      const isFirst = current === undefined
      current?.caller.abandon({ code: 'GDE_ABORTED', message: 'the Git thread was started again' })
      current?.port.close()
      const made = createCaller<GitMethods>(port)
      answerCalls<GitListenerMethods>(port, {
        status(status) {
          for (const listener of listeners) listener(status)
        },
      })
      current = { port, caller: made }
      if (isFirst) arrive(made)
      else caller = Promise.resolve(made)
      made.call('configure', encryptRepositories(specs, encryptionKey)).catch(ignoreRejection)
    },
    configure(latest) {
      specs = latest
      if (!isWanted && specs.length > 0) {
        isWanted = true
        start()
      }
      current?.caller.call('configure', encryptRepositories(specs, encryptionKey)).catch(ignoreRejection)
    },
    onStatus(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    resolve: (repository, targetRevision, signal) => ask('resolve', { repository, targetRevision }, signal),
    unchanged: (trees, dependencies, signal) => ask('unchanged', { trees, dependencies }, signal),
    commitsBetween: (repository, range, signal) => ask('commitsBetween', { repository, ...range }, signal),
    commitsSince: (repository, commit, time, signal) => ask('commitsSince', { repository, commit, time }, signal),
    poll(repository) {
      current?.caller.call('poll', repository).catch(ignoreRejection)
    },
    verify(repository) {
      current?.caller.call('verify', repository).catch(ignoreRejection)
    },
  }
}
