import type { Log, LogLevel } from '../../model/log.ts'
import type { Settings } from '../../model/settings.ts'
import type { RuntimeOptions } from '../../threads/runtime.ts'

/** Where lines of the log go, and which of them are made at all. */
export interface Logging {
  readonly log: Log
  readonly logLevel: LogLevel
}

/** For `serve`: with the state and the schedule of the config. */
export function serviceOptions(settings: Settings, logging: Logging): RuntimeOptions {
  const { stateDirectory, staleAfter, schedule, limits, journal, audit } = settings
  return { stateDirectory, staleAfter, schedule, limits, journal, audit, ...logging }
}

/** For commands that run once: with a state of their own that goes away. */
export function onePassOptions(
  { staleAfter, limits }: Settings,
  logging: Logging,
  showSecrets?: boolean,
): RuntimeOptions {
  return { stateDirectory: 'temporary', staleAfter, limits, ...logging, showSecrets: showSecrets ?? false }
}
