import { abortableYield, createEventLoopSlice } from '../../concurrency/event-loop-slice.ts'
import { CodedError } from '../../model/failure.ts'
import { damage } from '../git-failure.ts'
import type { GitLimits } from '../limits.ts'
import { applyDelta, deltaResultSize } from '../objects/delta.ts'
import { FileHandles } from '../objects/file-handles.ts'
import { type ObjectType, objectId } from '../objects/git-object.ts'
import { readPackEntryAt } from '../objects/pack-entry.ts'
import type { IndexedObject } from '../objects/pack-index.ts'
import { type ScannedEntry, scanPack } from './pack-scan.ts'
import type { WrittenPack } from './pack-writer.ts'

/** Long work stops this often for what else the thread has to do. */
const SLICE_MS = 20

/** Most bytes of delta bases kept in memory at once, until all their deltas are resolved. */
const MAX_BUFFERED_BYTES = 512 << 20

type IndexLimits = Pick<GitLimits, 'inflatedBytes' | 'objectBytes'>

/** A base with its deltas; `next` is the first that is not resolved yet. */
interface Frame {
  readonly type: ObjectType
  readonly data: Uint8Array
  readonly deltas: readonly ScannedEntry[]
  next: number
}

/**
 * Finds out which object each entry of a pack is. Objects above `objectBytes` that are stored whole are listed too; such that
 * only deltas would give are left out.
 * @throws CodedError `GDE_GIT_DAMAGED`, `GDE_TOO_LARGE` when the pack inflates to more than the limit
 */
export async function indexPack(
  pack: WrittenPack,
  limits: IndexLimits,
  signal: AbortSignal,
): Promise<readonly IndexedObject[]> {
  const yieldIfBusy = abortableYield(createEventLoopSlice(SLICE_MS), signal)
  const budget = createBudget(limits.inflatedBytes)
  const entries = await scanPack(pack, limits, budget, yieldIfBusy)
  const deltasOf = groupByBase(entries)
  const objects: IndexedObject[] = []
  const handles = new FileHandles(1)
  const read = (entry: ScannedEntry): Uint8Array =>
    readPackEntryAt(handles, pack.path, entry.offset, () => undefined).data
  let resolved = 0
  try {
    for (const entry of entries) {
      if (entry.kind !== 'whole') continue
      objects.push(entry)
      resolved++
      const deltas = deltasOf(entry.offset, entry.id)
      if (deltas.length === 0) continue
      // Too large to be a base in memory: objects that are deltas of it are left out.
      if (entry.size > limits.objectBytes) {
        resolved += countBelow(deltas, deltasOf)
        continue
      }
      for (const object of resolveDeltas({ type: entry.type, data: read(entry), deltas, next: 0 })) {
        resolved++
        if (object !== undefined) objects.push(object)
        await yieldIfBusy()
      }
    }
  } finally {
    handles.closeAll()
  }
  if (resolved < entries.length) throw damage('the pack has deltas whose base is not in it')
  return objects

  /** Depth first, so that few bases are in memory at once: each is released with its last delta. */
  function* resolveDeltas(root: Frame): Generator<IndexedObject | undefined, void, undefined> {
    const stack = [root]
    let bufferedBytes = root.data.length
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const delta = frame.deltas[frame.next++]
      if (frame.next >= frame.deltas.length) {
        stack.pop()
        bufferedBytes -= frame.data.length
      }
      if (delta === undefined) continue
      const bytes = delta.size > limits.objectBytes ? undefined : read(delta)
      if (bytes === undefined || deltaResultSize(bytes) > limits.objectBytes) {
        for (let left = countBelow([delta], deltasOf); left > 0; left--) yield undefined
        continue
      }
      const data = applyDelta(frame.data, bytes, limits.objectBytes)
      budget(data.length)
      const id = objectId(frame.type, data)
      yield { id, offset: delta.offset, crc: delta.crc }
      const deltas = deltasOf(delta.offset, id)
      if (deltas.length === 0) continue
      bufferedBytes += data.length
      if (bufferedBytes > MAX_BUFFERED_BYTES)
        throw new CodedError('GDE_TOO_LARGE', 'the deltas of the pack need too much memory')
      stack.push({ type: frame.type, data, deltas, next: 0 })
    }
  }
}

type DeltasOf = (offset: number, id: Buffer | undefined) => readonly ScannedEntry[]

function groupByBase(entries: readonly ScannedEntry[]): DeltasOf {
  const byBase = new Map<number | string, ScannedEntry[]>()
  for (const entry of entries) {
    if (entry.kind === 'whole') continue
    const group = byBase.get(entry.base)
    if (group === undefined) byBase.set(entry.base, [entry])
    else group.push(entry)
  }
  return (offset, id) => {
    const near = byBase.get(offset) ?? []
    const named = id === undefined ? [] : (byBase.get(id.toString('hex')) ?? [])
    // Deleted, so that deltas of an object that is in the pack twice are resolved once.
    byBase.delete(offset)
    if (id !== undefined) byBase.delete(id.toString('hex'))
    return named.length === 0 ? near : [...near, ...named]
  }
}

/** Counts these deltas and all deltas based on them. */
function countBelow(deltas: readonly ScannedEntry[], deltasOf: DeltasOf): number {
  const waiting = [...deltas]
  let count = 0
  for (let delta = waiting.pop(); delta !== undefined; delta = waiting.pop()) {
    count++
    waiting.push(...deltasOf(delta.offset, undefined))
  }
  return count
}

/** A function that throws when the inflated bytes of a pack exceed the limit. */
function createBudget(maxBytes: number): (bytes: number) => void {
  let spent = 0
  return (bytes) => {
    spent += bytes
    if (spent > maxBytes) throw new CodedError('GDE_TOO_LARGE', `the pack holds more than ${maxBytes} bytes`)
  }
}
