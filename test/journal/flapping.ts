/** A process that tells a journal thread of apps that drift and heal, and prints what is kept, until it is killed. */
import { MessageChannel, Worker } from 'node:worker_threads'
import { createRemoteJournal } from '../../src/threads/remote-journal.ts'
import type { JournalControlMethods, JournalMainMethods, JournalThreadData } from '../../src/threads/rpc/protocol.ts'
import { answerCalls, createCaller } from '../../src/threads/rpc/rpc.ts'
import { threadEntry } from '../../src/threads/thread-entry.ts'
import { drifted, episodeApp, objectText, sighting } from './sightings.ts'

const [stateDirectory = ''] = process.argv.slice(2)
const workerData: JournalThreadData = {
  stateDirectory,
  caps: { days: 1e6, bytes: 1e9, commitAuthors: false },
  logLevel: 'error',
  audit: [],
}
const worker = new Worker(threadEntry('journal'), { workerData })
answerCalls<JournalMainMethods>(worker, {
  log: ({ message }) => void process.stdout.write(`log ${message}\n`),
  problems: () => undefined,
})
const journal = createRemoteJournal({
  measure: () => undefined,
  start: () => undefined,
  isThere: () => true,
  log: (_level, message) => process.stdout.write(`log ${message}\n`),
})
const { port1, port2 } = new MessageChannel()
void createCaller<JournalControlMethods>(worker).call('connectEngine', port2, undefined, [port2])
journal.connect(port1)

const { apps } = await journal.restore()
const lasting = new Set(apps.flatMap(({ app, drifting }) => (drifting === undefined ? [] : [app.name])))

/** One app, told of as the engine does: the next thing is said only once the one before is kept. */
async function flap(name: string): Promise<never> {
  const app = episodeApp(name)
  for (;;) {
    const began = Date.now() / 1000
    const wasLasting = lasting.delete(name)
    await journal.record(sighting(app, began, [drifted('web')], { cause: 'live' }))
    if (!wasLasting) process.stdout.write(`begin ${name} ${began}\n`)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
    const ended = Date.now() / 1000 + 0.0001
    await journal.record(sighting(app, ended, [], { ended: { [objectText('web')]: 'healed' } }))
    process.stdout.write(`end ${name} ${ended}\n`)
    await new Promise((resolve) => setTimeout(resolve, 2 + Math.random() * 5))
  }
}

process.stdout.write('started\n')
await Promise.all(Array.from({ length: 8 }, (_, index) => flap(`app-${index}`)))
