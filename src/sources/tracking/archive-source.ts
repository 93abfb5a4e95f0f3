import { abortable } from '../../concurrency/abortable.ts'
import { createSerialQueue } from '../../concurrency/serial-queue.ts'
import type { SharedOptions } from '../../git/open-repositories.ts'
import type { Repository } from '../../git/repository.ts'
import type { RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError } from '../../model/failure.ts'
import type { Revision } from '../../model/sources/git.ts'
import type { ArchiveServer, FoundArchive, ServerContext } from '../archive-server.ts'
import type { SourceLimits } from '../limits.ts'
import { ArchiveFetches, storageFailure } from './archive-fetches.ts'
import { ArchiveStore } from './archive-store.ts'
import { SourcePolls } from './source-polls.ts'
import type { StoredTree } from './source-state.ts'

export interface ArchiveSourceOptions extends SharedOptions {
  readonly limits: SourceLimits
}

/** A source of archives: what its revisions stand for is polled, archives are fetched when somebody asks for them. */
export function createArchiveSource(
  spec: RepositorySpec,
  options: ArchiveSourceOptions,
  createServer: (context: ServerContext) => ArchiveServer,
): Repository {
  const { gitDirectory: directory, limits, credentials, now, random, ready } = options
  const seconds = () => Math.floor(now() / 1000)
  const notes = new Map<string, string>()
  const server = openServer(() => createServer({ directory, notes, limits, credentials, now }))
  const writes = createSerialQueue()

  const polls = new SourcePolls({
    opened: () => opening,
    look: async (targets, fresh, signal) => {
      if (targets.length === 0 && !server.asksWithoutTargets) return undefined
      return options.polls(server.host, signal, () =>
        server.look(targets, fresh, AbortSignal.any([signal, AbortSignal.timeout(limits.pollMs)])),
      )
    },
    save: async (targets, lastContact) => {
      const store = await opening
      await writes
        .run(() => store.saveTargets(targets, Object.fromEntries(notes), lastContact))
        .catch((error) => {
          throw storageFailure(error)
        })
    },
    pauseMs: () => server.pauseMs,
    intervalMs: spec.pollIntervalSeconds * 1000,
    now,
    random,
    notify: (status) => options.notify({ repository: spec.id, url: spec.url, ...status }),
  })

  const opening = (async () => {
    await ready.catch(() => undefined)
    const { store, damage } = await ArchiveStore.open({ directory, now: seconds, storeBytes: limits.storeBytes })
    for (const [name, note] of Object.entries(store.state.notes)) notes.set(name, note)
    polls.restore(store.state.targets, store.state.lastContact)
    if (damage !== undefined) options.log({ type: 'repaired', repository: spec.url, message: damage })
    return store
  })().catch((error) => {
    throw storageFailure(error)
  })
  // Not unhandled: everyone who awaits the store gets the error.
  opening.catch(() => undefined)

  const fetches = new ArchiveFetches({
    server,
    limits,
    fetches: options.fetches,
    now,
    random,
    write: writes.run,
    onFetched: (fetchSeconds) => polls.fetched(fetchSeconds),
  })

  return {
    resolve: async (target, signal) => {
      const store = await abortable(opening, signal)
      const found = await polls.find(target, signal)
      const here = await writes.run(() => store.tree(found.key))
      return toRevision(directory, found, here ?? (await abortable(fetches.fetch(store, found), signal)))
    },
    // An archive has no history.
    commitsBetween: async () => undefined,
    commitsSince: async () => [],
    poll: () => polls.poll(),
    verify: () => {
      const verified = opening.then((store) => writes.run(() => store.verify()))
      // Not reported here: when the disk cannot be read, those who request its content fail with the reason.
      void verified.then(() => polls.invalidate()).catch(() => undefined)
    },
    close: async () => {
      const reason = new CodedError('GDE_ABORTED', 'the source is not used any more')
      await Promise.all([polls.close(), fetches.close(reason)])
      await opening.catch(() => undefined)
      await writes.close(reason)
      await server.close()
    },
  }
}

/** What is wrong with a spec is told to whoever asks, and stops no other. */
function openServer(create: () => ArchiveServer): ArchiveServer {
  try {
    return create()
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const fail = () => Promise.reject(error)
    return { host: '', asksWithoutTargets: true, look: fail, fetch: fail, pauseMs: 0, close: async () => undefined }
  }
}

function toRevision(gitDirectory: string, found: FoundArchive, stored: StoredTree): Revision {
  const commit = found.commit === 'version' ? found.version : stored.digest
  return {
    commit,
    commitTime: stored.time,
    tree: { gitDirectory, commit, tree: stored.tree },
    archive: { version: found.version, digest: stored.digest },
  }
}
