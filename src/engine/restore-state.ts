import { toFailure } from '../model/failure.ts'
import type { AppId } from '../model/identity.ts'
import type { EnginePorts } from './ports.ts'
import { type JournaledState, resumeJournal } from './state/resume-journal.ts'
import { parseState, type SavedApp } from './state/saved-state.ts'

export interface RestoredState {
  readonly saved: Map<AppId, SavedApp>
  readonly journaled: Map<AppId, JournaledState>
}

/** What the last process left: by its state file, and by its journal, which goes before. */
export async function restoreState(
  ports: Pick<EnginePorts, 'stateFile' | 'journal' | 'now' | 'log'>,
): Promise<RestoredState> {
  const saved = await readState(ports)
  const journaled = await resumeJournal(ports.journal, saved, ports.now() / 1000)
  for (const [id, app] of saved) saved.set(id, { ...app, history: journaled.get(id)?.history ?? app.history })
  return { saved, journaled }
}

/**
 * Reads the state file. A file that cannot be used is set aside with a warning, and the state is empty
 * then.
 */
async function readState({
  stateFile,
  now,
  log,
}: Pick<EnginePorts, 'stateFile' | 'now' | 'log'>): Promise<Map<AppId, SavedApp>> {
  try {
    const text = await stateFile.read()
    return text === undefined ? new Map() : new Map(parseState(text))
  } catch (thrown) {
    const failure = toFailure(thrown)
    try {
      const aside = await stateFile.setAside(new Date(now()).toISOString().replaceAll(/[:.]/g, '-'))
      log('warn', 'the state file cannot be used and was set aside; a new one is begun', { ...failure, aside })
    } catch (refused) {
      const { message } = toFailure(refused)
      log('warn', 'the state file can neither be used nor be set aside; a new one is begun', {
        ...failure,
        refused: message,
      })
    }
    return new Map()
  }
}
