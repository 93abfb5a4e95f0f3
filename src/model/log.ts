import type { Json } from './json.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line of the log. Neither message nor fields ever hold credentials, secret values or URLs with user info. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, Json>>) => void
