import type { Log } from '../../model/log.ts'
import type { Settings } from '../../model/settings.ts'
import type { RuntimeOptions } from '../../threads/runtime.ts'

/** For `serve`: with the state and the schedule of the config. */
export function serviceOptions(settings: Settings, log: Log): RuntimeOptions {
  const { stateDirectory, staleAfter, schedule, limits } = settings
  return { stateDirectory, staleAfter, schedule, limits, log }
}

/** For commands that run once: with a state of their own that goes away. */
export function onePassOptions({ staleAfter, limits }: Settings, log: Log, showSecrets: boolean): RuntimeOptions {
  return { stateDirectory: 'temporary', staleAfter, limits, log, showSecrets }
}
