import { randomUUID } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import type { NumberedSighting } from '../journal/store/journal-store.ts'
import { toFailure } from '../model/failure.ts'
import type { Measurement } from '../model/fleet.ts'
import type { EndedEpisode, JournalPort, JournalStatus, RestoredJournal } from '../model/journal/journal.ts'
import type { Log } from '../model/log.ts'
import type { JournalMethods } from './rpc/protocol.ts'
import { type Caller, createCaller } from './rpc/rpc.ts'

/** The journal thread as the engine uses it; it may be replaced at any time. */
export interface RemoteJournal extends JournalPort {
  connect(port: MessagePort): void
  /** There are apps: the thread is started unless it was, so that no verdict waits for that. */
  prepare(): void
}

export interface RemoteJournalOptions {
  /** The metrics of the journal; none before it is asked for the first time. */
  readonly measure: (measurements: readonly Measurement[]) => void
  /** Has a thread started, which `connect` then connects. */
  readonly start: () => void
  /** Whether there is a file: what there is not holds nothing that would have to be asked for. */
  readonly isThere: () => boolean
  readonly log: Log
}

/** Sent in one go; more waits for the answer. */
const MOST_IN_GROUP = 500
/** So long a verdict waits for a journal thread that does not come. */
const PATIENCE_MS = 5000

/**
 * Sends sightings in groups: what comes while one is written is the next. A group that a thread died with is sent again to its successor,
 * with the same numbers, so that what was written all the same counts once. A journal that is not there yet is begun with the first app.
 */
export function createRemoteJournal({ measure, start, isThere, log }: RemoteJournalOptions): RemoteJournal {
  const run = randomUUID()
  let waiting: { readonly numbered: NumberedSighting; readonly resolve: () => void }[] = []
  let number = 0
  let sending: Promise<void> | undefined
  const thread = followThread(start)
  const { ask } = thread

  async function restore(): Promise<RestoredJournal> {
    const { restored, status } = await ask('restore', undefined)
    measure(statusMeasurements(status))
    return restored
  }

  /** What a version without journal left in the state file, where that is nothing, is so for a journal that is begun later, too. */
  async function begin(): Promise<void> {
    await ask('takeOver', [])
    await restore()
  }

  async function record(group: readonly NumberedSighting[]): Promise<void> {
    try {
      const { ended, status } = await ask('record', group)
      measure([...ended.flatMap(endMeasurements), ...statusMeasurements(status)])
    } catch (thrown) {
      log('error', 'what was seen is not in the journal', { ...toFailure(thrown) })
    }
  }

  async function sendAll(): Promise<void> {
    // What one turn of the event loop tells is one group.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const group = waiting.slice(0, MOST_IN_GROUP)
      waiting = waiting.slice(MOST_IN_GROUP)
      await record(group.map(({ numbered }) => numbered))
      for (const { resolve } of group) resolve()
    }
    sending = undefined
  }

  return {
    connect: thread.connect,
    prepare() {
      if (!thread.isWanted)
        begin().catch((thrown: unknown) => log('error', 'the journal is not begun', { ...toFailure(thrown) }))
    },
    async restore() {
      return thread.isWanted || isThere() ? restore() : { hasTakenOver: false, apps: [] }
    },
    async takeOver(apps) {
      if (thread.isWanted || apps.length > 0) await ask('takeOver', apps)
    },
    record(sighting) {
      number += 1
      const { promise, resolve } = Promise.withResolvers<void>()
      const impatient = setTimeout(resolve, PATIENCE_MS)
      const done = (): void => {
        clearTimeout(impatient)
        resolve()
      }
      waiting.push({ numbered: { run, number, sighting }, resolve: done })
      sending ??= sendAll()
      return promise
    },
    observing(at) {
      // One that is not there knows of no pause.
      if (thread.isWanted) void ask('observing', at)
    },
    async flush() {
      await sending
    },
  }
}

/** The thread that is there, or else the next one: the first is started when something is asked. */
function followThread(start: () => void) {
  let port: MessagePort | undefined
  let isWanted = false
  let arrived = Promise.withResolvers<Caller<JournalMethods>>()
  return {
    get isWanted() {
      return isWanted
    },
    connect(latest: MessagePort): void {
      port?.close()
      port = latest
      const caller = createCaller<JournalMethods>(latest)
      latest.on('close', () => caller.abandon({ code: 'GDE_ABORTED', message: 'the journal thread ended' }))
      const before = arrived
      arrived = Promise.withResolvers()
      arrived.resolve(caller)
      before.resolve(caller)
    },
    /** Asks until a thread answers: one that died is followed by another. */
    async ask<Name extends keyof JournalMethods>(
      name: Name,
      argument: Parameters<JournalMethods[Name]>[0],
    ): Promise<Awaited<ReturnType<JournalMethods[Name]>>> {
      if (!isWanted) {
        isWanted = true
        start()
      }
      for (;;) {
        const current = arrived.promise
        try {
          return await (await current).call(name, argument)
        } catch (thrown) {
          if (toFailure(thrown).code !== 'GDE_ABORTED') throw thrown
          if (arrived.promise === current) arrived = Promise.withResolvers()
        }
      }
    },
  }
}

function endMeasurements({ cause, endedBy, seconds }: EndedEpisode): readonly Measurement[] {
  return [
    { metric: 'gitops_drift_episodes_total', labels: { cause, ended_by: endedBy }, action: 'increment', value: 1 },
    { metric: 'gitops_drift_episode_duration_seconds', labels: { cause }, action: 'observe', value: seconds },
  ]
}

function statusMeasurements({ up, bytes, setAside, mode }: JournalStatus): readonly Measurement[] {
  return [
    { metric: 'gitops_exporter_journal_up', labels: {}, action: 'set', value: up ? 1 : 0 },
    { metric: 'gitops_exporter_journal_write_ahead', labels: {}, action: 'set', value: mode === 'wal' ? 1 : 0 },
    { metric: 'gitops_exporter_journal_set_aside', labels: {}, action: 'set', value: setAside },
    { metric: 'gitops_exporter_journal_bytes', labels: {}, action: 'set', value: bytes },
  ]
}
