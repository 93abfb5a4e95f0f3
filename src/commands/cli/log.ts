import { type DestinationStream, destination, pino } from 'pino'
import { filterLog, type Log, type LogLevel } from '../../model/log.ts'

/**
 * JSON lines on stderr, where nothing else is. Written at once: a line that explains a crash must not be lost in a buffer.
 * `minLevel` is the lowest level that is written.
 */
export function createLog(minLevel: LogLevel, stream: DestinationStream = destination({ dest: 2, sync: true })): Log {
  const logger = pino(
    {
      level: minLevel,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    stream,
  )
  return filterLog(minLevel, (level, message, fields) => logger[level](fields ?? {}, message))
}
