import type { ObserveOptions, WatchCursor } from '../../model/clusters/cluster.ts'
import { type ObjectKey, objectKeyText } from '../../model/object.ts'
import type { PackedLive } from './live-object.ts'
import type { LiveObjects } from './live-objects.ts'

/** What an informer of a kind and scope holds, and how far its watches are. */
export interface HeldObjects {
  readonly lineage: string
  /** resourceVersion by namespace; '' is the whole cluster. */
  readonly versions: ReadonlyMap<string, string>
  readonly objects: readonly { readonly key: ObjectKey; readonly live: PackedLive }[]
}

export interface ResumeFrom {
  /** Where the informer begins in place of a list; asked once. */
  readonly held: () => HeldObjects | undefined
  /** The list was needed nevertheless. */
  readonly onRefused: (why: string) => void
}

/** What an informer of an earlier process held, until the connector says that it holds still, and how far the watches are. */
export class ResumedObjects {
  #from: ResumeFrom | undefined
  #held: HeldObjects | undefined
  /** What came meanwhile, by key: it is newer. */
  readonly #newer = new Set<string>()
  #cursor: WatchCursor = { lineage: '', versions: new Map() }

  constructor(from: ResumeFrom | undefined) {
    this.#from = from
  }

  /** How the next observation begins: the first one alone has what was held. */
  begin(): Pick<ObserveOptions, 'cursor' | 'resume'> {
    const from = this.#from
    const held = from?.held()
    this.#from = undefined
    this.#held = held
    this.#cursor = { lineage: held?.lineage ?? '', versions: new Map(held?.versions) }
    const known = held?.objects.map(({ key }) => key)
    return { cursor: this.#cursor, ...(from && known && { resume: { known, onRefused: from.onRefused } }) }
  }

  noteNews(key: ObjectKey): void {
    if (this.#held !== undefined) this.#newer.add(objectKeyText(key))
  }

  /** A list comes, or has come. */
  drop(): void {
    this.#held = undefined
    this.#newer.clear()
  }

  /** @param pause after each object; it throws where nobody goes on */
  async restore(objects: LiveObjects, pause: () => Promise<void>): Promise<void> {
    for (const { key, live } of this.#held?.objects ?? []) {
      if (!this.#newer.has(objectKeyText(key))) objects.restore(key, live)
      await pause()
    }
  }

  /** What the informer holds now; undefined where nobody could go on from there. @param namespaces absent: the whole cluster */
  heldNow(objects: LiveObjects, namespaces: readonly string[] | undefined): HeldObjects | undefined {
    // What waits is read then: the cursor does not hold where that cannot be.
    const present = [...objects.present()]
    const { lineage, versions } = this.#cursor
    const isWhole = lineage !== '' && (namespaces ?? ['']).every((namespace) => versions.has(namespace))
    return isWhole ? { lineage, versions: new Map(versions), objects: present } : undefined
  }
}
