import type { Json } from './json.ts'

/** From all there is to the least. `trace` and `debug` are for whoever looks for a fault. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One line of the log. Neither message nor fields ever hold credentials, secret values or URLs with user info. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, Json>>) => void

/** A log that drops what is below a level: each thread has its own, so that nobody's dropped line is sent to another thread. */
export function filterLog(minLevel: LogLevel, log: Log): Log {
  const least = LOG_LEVELS.indexOf(minLevel)
  return (level, message, fields) => {
    if (LOG_LEVELS.indexOf(level) >= least) log(level, message, fields)
  }
}
