import { isDeepStrictEqual } from 'node:util'
import { pause } from '../../concurrency/pause.ts'
import { configErrorText } from '../../config/config-error.ts'
import { loadWebConfig } from '../../config/web/load-web-config.ts'
import type { WebConfig } from '../../config/web/web-config.ts'
import { CodedError } from '../../model/failure.ts'
import type { Log } from '../../model/log.ts'

/** A request within this time after the last reading takes what was read then: many requests are one reading. */
const FRESH_MS = 1000
/** A file system that hangs keeps nobody waiting for longer. */
const LONGEST_READ_MS = 2000

export interface WebConfigFollower {
  /** As the files are now; the last one that could be used where they cannot. The same object as long as nothing changed. */
  current(): Promise<WebConfig>
}

export interface FollowOptions {
  /** Absolute path of the file. */
  readonly path: string
  /** `metrics` or `pages`. */
  readonly listener: string
  readonly log: Log
  /** Called after each reading that changed whether the files can be used. */
  readonly onRead: (successful: boolean) => void
}

/**
 * Reads the files again when somebody connects or asks, as the toolkit does: what is rotated holds for the next connection.
 * @throws as `loadWebConfig`, at the start alone
 */
export async function followWebConfig({ path, listener, log, onRead }: FollowOptions): Promise<WebConfigFollower> {
  let config = await loadWebConfig(path)
  let readAt = performance.now()
  let refused: string | undefined
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    try {
      const next = await loadWebConfig(path)
      // What was made of it (contexts of TLS, results of passwords) stays as long as it is the same.
      const isChanged = !isDeepStrictEqual(config, next)
      if (isChanged) config = next
      if (isChanged || refused !== undefined) log('info', 'web config loaded', { listener })
      if (refused !== undefined) onRead(true)
      refused = undefined
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      const text = configErrorText(error)
      if (text === refused) return
      log('error', `web config refused, the old one goes on:\n${text}`, { listener, code: error.failure.code })
      if (refused === undefined) onRead(false)
      refused = text
    } finally {
      readAt = performance.now()
      reading = undefined
    }
  }

  return {
    async current() {
      if (performance.now() - readAt < FRESH_MS) return config
      reading ??= read()
      const waited = new AbortController()
      await Promise.race([reading, pause(LONGEST_READ_MS, waited.signal)]).finally(() => waited.abort())
      return config
    },
  }
}
