import { randomUUID } from 'node:crypto'
import type { JournalStore } from '../../src/journal/store/journal-store.ts'
import type { JournalPort } from '../../src/model/journal/journal.ts'

/** A store as the engine uses it, in the same thread. */
export function localJournal(store: JournalStore): JournalPort {
  const run = randomUUID()
  let number = 0
  return {
    restore: async () => store.restore(),
    takeOver: async (apps) => store.takeOver(apps),
    async record(sighting) {
      number += 1
      store.record([{ run, number, sighting }])
    },
    observing: (at) => store.observing(at),
    flush: async () => undefined,
  }
}
