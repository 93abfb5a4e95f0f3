import { toFailure } from '../model/failure.ts'
import type { AppId } from '../model/identity.ts'
import type { EnginePorts } from './ports.ts'
import { parseState, type SavedApp } from './state/saved-state.ts'

/**
 * Reads the state of the last process. A file that cannot be used is set aside with a warning, and the state is empty
 * then.
 */
export async function restoreState({
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
