import type { FoundArchive, Resolution } from '../archive-server.ts'
import type { KnownTarget } from './source-state.ts'

/** A target that nobody asked for so long is not polled any more: passes, in which all are asked for, may be a week apart. */
const FORGET_SECONDS = 8 * 24 * 3600

interface Target {
  readonly resolution: Resolution
  /** Unix seconds. */
  readonly usedAt: number
}

/** The target revisions that somebody asked for, and what each stands for. */
export class TargetList {
  readonly #targets = new Map<string, Target>()
  /** Unix seconds. */
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** What an earlier process knew. It is asked for again, or forgotten. */
  restore(known: readonly KnownTarget[]): void {
    for (const { target, found } of known) this.#targets.set(target, { resolution: { found }, usedAt: this.#now() })
  }

  /** Marks it as used. */
  use(target: string): Resolution | undefined {
    const known = this.#targets.get(target)
    if (known !== undefined) this.#targets.set(target, { ...known, usedAt: this.#now() })
    return known?.resolution
  }

  get inUse(): readonly string[] {
    const since = this.#now() - FORGET_SECONDS
    for (const [target, { usedAt }] of this.#targets) if (usedAt < since) this.#targets.delete(target)
    return [...this.#targets.keys()]
  }

  get known(): readonly KnownTarget[] {
    return [...this.#targets].flatMap(([target, { resolution }]) =>
      'found' in resolution ? [{ target, found: resolution.found }] : [],
    )
  }

  /** @returns whether a target that was known stands for something else than before */
  update(resolutions: ReadonlyMap<string, Resolution>): boolean {
    let moved = false
    for (const [target, resolution] of resolutions) {
      const before = this.#targets.get(target)
      moved ||= before !== undefined && keyOf(before.resolution) !== keyOf(resolution)
      this.#targets.set(target, { resolution, usedAt: before?.usedAt ?? this.#now() })
    }
    return moved
  }
}

function keyOf(resolution: Resolution): FoundArchive['key'] | undefined {
  return 'found' in resolution ? `${resolution.found.version} ${resolution.found.key}` : undefined
}
