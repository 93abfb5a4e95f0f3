import { join } from 'node:path'

/** The journal of a state directory. */
export function journalPath(stateDirectory: string): string {
  return join(stateDirectory, 'journal.db')
}
