/** The entry of the journal thread: it alone writes the file. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { followLog } from '../../journal/audit/follow-log.ts'
import { readAuditLine } from '../../journal/audit/read-audit-event.ts'
import { journalPath } from '../../journal/store/journal-path.ts'
import { createJournalStore } from '../../journal/store/journal-store.ts'
import { readTimeline } from '../../journal/store/read-timeline.ts'
import { searchEpisodes } from '../../journal/store/search-episodes.ts'
import { toFailure } from '../../model/failure.ts'
import type { EpisodeSearch, EpisodeStep } from '../../model/journal/search.ts'
import { filterLog } from '../../model/log.ts'
import { ownCpuSeconds } from '../pool/thread-cpu.ts'
import type { JournalControlMethods, JournalMainMethods, JournalMethods, JournalThreadData } from '../rpc/protocol.ts'
import { answerCalls, createCaller } from '../rpc/rpc.ts'
import { collectAll } from '../v8-tuning.ts'

if (parentPort === null) throw new Error('this is the entry of a thread')
const { stateDirectory, caps, audit, logLevel }: JournalThreadData = workerData
const main = createCaller<JournalMainMethods>(parentPort)
const log = filterLog(
  logLevel,
  (level, message, fields) => void main.call('log', { level, message, ...(fields && { fields }) }),
)
const store = createJournalStore({ path: journalPath(stateDirectory), caps, now: Date.now })
let disconnect: () => void = () => undefined
const reported = new Set<string>()
let reportedTexts: string | undefined

/** Each problem once; one that is over may come again. */
function reportProblems(): void {
  const { problems } = store.status
  const texts = problems.map(({ code, message }) => `${code} ${message}`)
  for (const text of reported) if (!texts.includes(text)) reported.delete(text)
  for (const { code, message } of problems) {
    if (reported.has(`${code} ${message}`)) continue
    reported.add(`${code} ${message}`)
    log('warn', `the journal: ${message}`, { code })
  }
  // Looked at every few seconds: main is woken for news alone.
  if (texts.join('\n') === reportedTexts) return
  reportedTexts = texts.join('\n')
  void main.call('problems', problems).catch(() => undefined)
}

function connectEngine(port: MessagePort): void {
  disconnect()
  const stopAnswering = answerCalls<JournalMethods>(port, {
    restore: () => ({ restored: store.restore(), status: store.status }),
    takeOver: (apps) => store.takeOver(apps),
    record(group) {
      const { up } = store.status
      const ended = store.record(group)
      const { status } = store
      if (status.up !== up) reportProblems()
      return { ended, status }
    },
    observing: (at) => store.observing(at),
  })
  disconnect = () => {
    stopAnswering()
    port.close()
  }
}

/** How exactly the pause of a process that was killed is known. */
const TICK_MS = 5000
/** How soon a line of an audit log is read. */
const LOG_MS = 1000
const logs = audit.flatMap(({ cluster, logFile }) =>
  logFile === undefined ? [] : [{ cluster, logFile, followed: followLog(logFile) }],
)
function readLogs(): void {
  for (const { cluster, logFile, followed } of logs) {
    try {
      const writes = followed.read().flatMap((line) => readAuditLine(line) ?? [])
      unreadable.delete(logFile)
      if (writes.length > 0) store.audit({ cluster, writes })
    } catch (thrown) {
      if (!unreadable.has(logFile))
        log('warn', 'an audit log cannot be read', { ...toFailure(thrown), cluster, file: logFile })
      unreadable.add(logFile)
    }
  }
}
const unreadable = new Set<string>()
const following = logs.length === 0 ? undefined : setInterval(readLogs, LOG_MS)
readLogs()

const ticking = setInterval(() => {
  store.tick()
  reportProblems()
}, TICK_MS)
reportProblems()

let isDamageTold = false
function episodes(search: EpisodeSearch): EpisodeStep {
  const step = searchEpisodes(stateDirectory, search, Date.now() / 1000)
  if (step.unreadable !== undefined && !isDamageTold) {
    isDamageTold = true
    log('warn', 'entries of the journal cannot be read, and searches pass over them', { entries: step.unreadable })
  }
  return step
}

answerCalls<JournalControlMethods>(parentPort, {
  connectEngine,
  audit: (batch) => store.audit(batch),
  episodes,
  timeline: (question, signal) => readTimeline(stateDirectory, question, signal),
  collect: collectAll,
  ping: ownCpuSeconds,
  close() {
    clearInterval(ticking)
    clearInterval(following)
    for (const { followed } of logs) followed.close()
    disconnect()
    store.close()
  },
})
