import type { Json } from './json.ts'
import { outgoingData, outgoingText } from './secrets/outgoing-text.ts'

/** From all there is to the least. `trace` and `debug` are for whoever looks for a fault. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One line of the log. Neither message nor fields ever hold credentials, secret values or URLs with user info. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, Json>>) => void

/**
 * A log that drops what is below a level, and hides credentials that are in use: each thread has its own, so that neither a dropped line
 * nor a credential is sent to another thread.
 */
export function filterLog(minLevel: LogLevel, log: Log): Log {
  const least = LOG_LEVELS.indexOf(minLevel)
  return (level, message, fields) => {
    if (LOG_LEVELS.indexOf(level) >= least) log(level, outgoingText(message), fields && outgoingData(fields))
  }
}
