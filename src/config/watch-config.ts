import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { CodedError, toFailure } from '../model/failure.ts'
import type { Settings } from '../model/settings.ts'
import { parseConfig } from './load-config.ts'
import { readConfigFile } from './read-config-file.ts'

export interface ConfigListener {
  /** The content has changed and is valid. */
  accepted(settings: Settings): void
  /** The file cannot be used; the settings accepted last stay in force. Called once for each content. */
  refused(error: CodedError): void
}

export interface ConfigWatch {
  /** Reads the file now, and reports it even if it has not changed (SIGHUP). Resolves to why it was refused, if it was. */
  reload(): Promise<CodedError | undefined>
  close(): void
}

/** A write in several steps, and Kubernetes' swap of symlinks, are one change. */
const DEBOUNCE_MS = 100
/** For changes without file events (network file systems, links into other folders). */
const POLL_MS = 5_000

/**
 * Follows a config file. Its folder is watched, not the file: editors and Kubernetes put another file in its place.
 * `known` is the text that is in use already.
 */
export function watchConfig(path: string, known: string | undefined, listener: ConfigListener): ConfigWatch {
  const absolute = resolve(path)
  const file = basename(absolute)
  let lastReported = known
  let lastSignature = ''
  let debounceTimer: NodeJS.Timeout | undefined
  let queue: Promise<CodedError | undefined> = Promise.resolve(undefined)

  async function read(force: boolean): Promise<CodedError | undefined> {
    let text: string | undefined
    try {
      text = await readConfigFile(absolute, file)
      if (text === lastReported && !force) return undefined
      const settings = parseConfig(text, absolute)
      lastReported = text
      listener.accepted(settings)
      return undefined
    } catch (error) {
      const coded =
        error instanceof CodedError ? error : new CodedError('GDE_INTERNAL', toFailure(error).message, { file })
      const content = text ?? coded.message
      if (content !== lastReported || force) {
        lastReported = content
        listener.refused(coded)
      }
      return coded
    }
  }

  const enqueueRead = (force: boolean): Promise<CodedError | undefined> => {
    queue = queue.then(() => read(force))
    return queue
  }
  const scheduleRead = (): void => {
    clearTimeout(debounceTimer)
    debounceTimer = setTimeout(() => void enqueueRead(false), DEBOUNCE_MS)
  }
  const watcher = watchFolder(dirname(absolute), scheduleRead)
  const poll = setInterval(async () => {
    const now = await readSignature(absolute)
    if (lastSignature !== '' && now !== lastSignature) scheduleRead()
    lastSignature = now
  }, POLL_MS)
  poll.unref()
  return {
    reload: () => enqueueRead(true),
    close: () => {
      clearTimeout(debounceTimer)
      clearInterval(poll)
      watcher?.close()
    },
  }
}

function watchFolder(folder: string, scheduleRead: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, scheduleRead)
    // The folder went away, or the system has no more watches: the poll goes on.
    watcher.on('error', () => watcher.close())
    return watcher
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

async function readSignature(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
