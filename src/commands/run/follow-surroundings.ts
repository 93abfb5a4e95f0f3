import { isDeepStrictEqual } from 'node:util'
import type { Problem } from '../../model/apps/inventory.ts'
import type { Log } from '../../model/log.ts'
import type { Settings } from '../../model/settings.ts'
import { isUnconfigured, lookAround } from './surroundings.ts'

export interface SurroundingsOptions {
  readonly follow: (settings: Settings) => Promise<void>
  readonly log: Log
  readonly onError: (error: unknown) => void
}

/** Applies settings, and where they name neither apps nor discovery, what is found where the process runs, as that changes. */
export interface FollowedSurroundings {
  /** Resolves when the settings are followed. */
  apply(settings: Settings): Promise<void>
  close(): void
}

/** A controller that is installed later, or a right that is granted, is noticed within that. */
const AGAIN_MS = 60_000

export function followSurroundings({ follow, log, onError }: SurroundingsOptions): FollowedSurroundings {
  const closed = new AbortController()
  let configured: Settings | undefined
  let followed: Settings | undefined
  let said: readonly Problem[] = []

  async function look(settings: Settings): Promise<void> {
    const next = await lookAround(settings, closed.signal)
    // Another config came meanwhile.
    if (configured !== settings || isDeepStrictEqual(next, followed)) return
    followed = next
    const found = next.found ?? []
    for (const one of found.filter((problem) => !said.some((before) => isDeepStrictEqual(before, problem))))
      log('info', one.failure.message, { code: one.failure.code, subject: one.subject })
    said = found
    await follow(next)
  }

  const timer = setInterval(() => {
    if (configured === undefined || !isUnconfigured(configured)) return
    look(configured).catch((error: unknown) => {
      if (!closed.signal.aborted) onError(error)
    })
  }, AGAIN_MS)
  timer.unref()
  return {
    apply(settings) {
      configured = settings
      followed = undefined
      return look(settings)
    },
    close() {
      clearInterval(timer)
      closed.abort()
    },
  }
}
