import { ByteLru } from '../../concurrency/byte-lru.ts'
import type { AppId } from '../../model/identity.ts'
import { type AppLine, appLine, ownText, type SavedApp, stateParts } from './saved-state.ts'

/** Of texts that lines have in common: those of some 4,000 declarations. */
const COMMON_CHARACTERS = 4 * 1024 * 1024
/** Apps whose lines are not made before they are asked for: what is reported again and again is written seldom. */
const MOST_WAITING = 500

/** The lines of the state file, one for each app. */
export class StateLines {
  readonly #lines = new Map<AppId, AppLine>()
  readonly #waiting = new Map<AppId, SavedApp>()
  readonly #commonTexts = new ByteLru<string, string>(COMMON_CHARACTERS)

  set(saved: SavedApp): void {
    this.#waiting.set(saved.summary.id, saved)
    for (const oldest of this.#waiting.values()) {
      if (this.#waiting.size <= MOST_WAITING) return
      this.#make(oldest)
    }
  }

  /** Of an app that is known, with which nothing is new but its history. @returns whether it is */
  renew({ summary, history }: Pick<SavedApp, 'summary' | 'history'>): boolean {
    const waiting = this.#waiting.get(summary.id)
    const line = this.#lines.get(summary.id)
    if (waiting !== undefined) this.#waiting.set(summary.id, { ...waiting, history })
    else if (line !== undefined) this.#lines.set(summary.id, { ...line, own: ownText({ summary, history }) })
    return (waiting ?? line) !== undefined
  }

  delete(id: AppId): void {
    this.#waiting.delete(id)
    this.#lines.delete(id)
  }

  /** The file, as it is now. */
  parts(): Iterable<string> {
    for (const saved of this.#waiting.values()) this.#make(saved)
    return stateParts([...this.#lines.values()])
  }

  /** Apps that say the same hold one text. */
  #make(saved: SavedApp): void {
    const { id } = saved.summary
    const { own, common } = appLine(saved)
    const known = this.#commonTexts.get(common)
    if (known === undefined) this.#commonTexts.set(common, common, common.length)
    this.#lines.set(id, { own, common: known ?? common })
    this.#waiting.delete(id)
  }
}
