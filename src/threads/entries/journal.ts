/** The entry of the journal thread: it alone writes the file. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { createJournalStore } from '../../journal/store/journal-store.ts'
import { journalPath } from '../../journal/store/open-database.ts'
import { filterLog } from '../../model/log.ts'
import type { JournalControlMethods, JournalMainMethods, JournalMethods, JournalThreadData } from '../rpc/protocol.ts'
import { answerCalls, createCaller } from '../rpc/rpc.ts'

if (parentPort === null) throw new Error('this is the entry of a thread')
const { stateDirectory, caps, logLevel }: JournalThreadData = workerData
const main = createCaller<JournalMainMethods>(parentPort)
const log = filterLog(
  logLevel,
  (level, message, fields) => void main.call('log', { level, message, ...(fields && { fields }) }),
)
const store = createJournalStore({ path: journalPath(stateDirectory), caps, now: Date.now })
let disconnect: () => void = () => undefined
const reported = new Set<string>()

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
const ticking = setInterval(() => {
  store.tick()
  reportProblems()
}, TICK_MS)
reportProblems()

answerCalls<JournalControlMethods>(parentPort, {
  connectEngine,
  ping: () => undefined,
  close() {
    clearInterval(ticking)
    disconnect()
    store.close()
  },
})
