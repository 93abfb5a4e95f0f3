import type { ClusterEvent, ObserveOptions } from '../../model/clusters/cluster.ts'
import { type Failure, failureText, fromFailure } from '../../model/failure.ts'
import type { GroupKind, ObjectKey } from '../../model/object.ts'
import { readEntry, type SnapshotContents, type SnapshotEntry } from './contents.ts'
import type { PackedJson } from './packed-json.ts'
import { createSelection } from './selection.ts'

export interface ObserveSnapshot {
  readonly cluster: string
  readonly kind: GroupKind
  readonly what: ObserveOptions
  readonly contents: (signal: AbortSignal) => Promise<SnapshotContents>
  /** Called after each change of the contents. */
  readonly listeners: Set<() => void>
}

/**
 * Sends the objects of a kind, then changes. `Lost` while a file that held the kind cannot be read; every object is
 * sent again after.
 * @throws CodedError `GDE_SNAPSHOT_KIND` when the snapshot does not hold the kind (any more), and why where it says why
 */
export async function* observeContents(
  { cluster, kind, what, contents, listeners }: ObserveSnapshot,
  signal: AbortSignal,
): AsyncGenerator<ClusterEvent> {
  const selects = createSelection(what)
  const namespaces = what.namespaces === undefined ? undefined : new Set(what.namespaces)
  /** The objects that the consumer knows. */
  const known = new Map<string, { readonly key: ObjectKey; readonly json: PackedJson }>()
  const changes = countChanges(listeners, signal)
  let lost: string | undefined
  let synced = false

  function* changesIn(entries: ReadonlyMap<string, SnapshotEntry>): Generator<ClusterEvent> {
    const present = new Set<string>()
    for (const [text, entry] of entries) {
      const { key, json } = entry
      if (namespaces !== undefined && key.namespace !== '' && !namespaces.has(key.namespace)) continue
      const before = known.get(text)
      if (before?.json === json) {
        present.add(text)
        continue
      }
      const object = readEntry(entry)
      if (!selects(object)) continue
      present.add(text)
      known.set(text, { key, json })
      yield { type: 'Upsert', object }
    }
    for (const [text, { key }] of known) {
      if (present.has(text)) continue
      known.delete(text)
      yield { type: 'Delete', key }
    }
  }

  try {
    while (!signal.aborted) {
      const seen = changes.count()
      const current = await contents(signal)
      const failure = current.failure(kind)
      if (failure === undefined) {
        const absence = current.absence(kind, { fieldSelector: what.fieldSelector })
        if (absence !== undefined) throw fromFailure({ ...absence, cluster })
        yield* changesIn(current.kind(kind) ?? new Map())
        if (!synced) yield { type: 'Synced' }
        synced = true
        lost = undefined
      } else {
        if (lost !== failureText(failure)) yield lostBy(failure, cluster)
        lost = failureText(failure)
        synced = false
        known.clear()
      }
      await changes.after(seen)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    changes.close()
  }
}

function lostBy(failure: Failure, cluster: string): ClusterEvent {
  return { type: 'Lost', failure: { ...failure, cluster } }
}

/** Waits for changes; those that come while the consumer is busy are not missed. */
function countChanges(listeners: Set<() => void>, signal: AbortSignal) {
  let count = 0
  let wake = (): void => undefined
  const listener = (): void => {
    count += 1
    wake()
  }
  listeners.add(listener)
  signal.addEventListener('abort', () => wake(), { once: true })
  return {
    count: () => count,
    after: async (seen: number): Promise<void> => {
      if (count !== seen || signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      await promise
    },
    close: () => listeners.delete(listener),
  }
}
