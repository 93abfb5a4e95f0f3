import { readFileSync, statSync } from 'node:fs'
import { CodedError } from '../../model/failure.ts'
import { damage } from '../git-failure.ts'
import type { FileHandles } from './file-handles.ts'

export interface IndexedObject {
  readonly id: Buffer
  readonly offset: number
  /** CRC-32 of the entry as it stands in the pack. */
  readonly crc: number
}

/** Indexes up to this size are read into memory; of larger ones, only the parts that are needed are read. */
const MAX_CACHED_BYTES = 4 << 20

const FANOUT = 8
const IDS = FANOUT + 256 * 4
const SMALLEST = IDS + 2 * 20

/** The index of one pack, format version 2: which object lies at which offset. */
export interface PackIndex {
  readonly count: number
  /** SHA-1 at the end of the pack that it belongs to, hexadecimal. */
  readonly packChecksum: string
  offsetOf(id: string): number | undefined
  /** Object IDs that begin with these digits (at least two), at most `limit`. */
  startingWith(prefix: string, limit: number): readonly string[]
  /** All objects, sorted by ID. */
  entries(): readonly IndexedObject[]
}

/**
 * @throws CodedError `GDE_GIT_DAMAGED`; `GDE_GIT_UNSUPPORTED` for version 1, which Git has not written since 2008; the system's
 * error when there is no such file
 */
export function openPackIndex(path: string, handles: FileHandles): PackIndex {
  const length = statSync(path).size
  const read =
    length <= MAX_CACHED_BYTES
      ? readFromMemory(readFileSync(path))
      : (at: number, size: number) => handles.read(path, at, size)
  if (length < SMALLEST) throw damage('the index of a pack is too short')
  const header = read(0, IDS)
  if (header.length < IDS) throw damage('the index of a pack is too short')
  if (header.readUInt32BE(0) !== 0xff744f63)
    throw new CodedError('GDE_GIT_UNSUPPORTED', 'the index of a pack has the format of before 2008: run `git gc`')
  if (header.readUInt32BE(4) !== 2)
    throw new CodedError('GDE_GIT_UNSUPPORTED', `the index of a pack has version ${header.readUInt32BE(4)}`)
  const fanout = Array.from({ length: 256 }, (_, index) => header.readUInt32BE(FANOUT + 4 * index))
  const count = fanout[255] ?? 0
  if (fanout.some((value, index) => value < (fanout[index - 1] ?? 0)) || length < SMALLEST + count * 28)
    throw damage('the index of a pack contradicts itself')
  const layout = { count, fanout, read, length }
  return {
    count,
    packChecksum: read(length - 40, 20).toString('hex'),
    offsetOf: (id) => offsetOf(layout, id),
    startingWith: (prefix, limit) => startingWith(layout, prefix, limit),
    entries: () => entries(layout),
  }
}

interface Layout {
  readonly count: number
  /** How many IDs have a first byte up to the index. */
  readonly fanout: readonly number[]
  readonly read: (at: number, size: number) => Buffer
  readonly length: number
}

function readFromMemory(bytes: Buffer): Layout['read'] {
  return (at, size) => bytes.subarray(at, at + size)
}

function offsetOf(layout: Layout, id: string): number | undefined {
  const wanted = Buffer.from(id, 'hex')
  const { first, ids } = bucket(layout, wanted[0] ?? 0)
  const found = lowerBound(ids, wanted)
  if (ids.compare(wanted, 0, 20, found * 20, Math.min(found * 20 + 20, ids.length)) !== 0) return undefined
  return offsetAt(layout, first + found)
}

function offsetAt({ count, read, length }: Layout, number: number): number {
  const small = read(IDS + 24 * count + 4 * number, 4).readUInt32BE(0)
  if (small < 0x8000_0000) return small
  const at = IDS + 28 * count + 8 * (small - 0x8000_0000)
  if (at + 8 > length - 40) throw damage('the index of a pack points beyond its end')
  return Number(read(at, 8).readBigUInt64BE(0))
}

function entries(layout: Layout): readonly IndexedObject[] {
  const { count, read } = layout
  const ids = read(IDS, 20 * count)
  const crcs = read(IDS + 20 * count, 4 * count)
  return Array.from({ length: count }, (_, number) => ({
    id: ids.subarray(20 * number, 20 * number + 20),
    crc: crcs.readUInt32BE(4 * number),
    offset: offsetAt(layout, number),
  }))
}

function startingWith(layout: Layout, prefix: string, limit: number): readonly string[] {
  const { ids } = bucket(layout, Number.parseInt(prefix.slice(0, 2), 16))
  const found: string[] = []
  for (let at = lowerBound(ids, Buffer.from(prefix.padEnd(40, '0'), 'hex')) * 20; at < ids.length; at += 20) {
    const id = ids.toString('hex', at, at + 20)
    if (!id.startsWith(prefix) || found.length >= limit) break
    found.push(id)
  }
  return found
}

/** The sorted IDs that have this first byte, and the number of the first of them. */
function bucket({ fanout, read }: Layout, firstByte: number): { readonly first: number; readonly ids: Buffer } {
  const first = firstByte === 0 ? 0 : (fanout[firstByte - 1] ?? 0)
  return { first, ids: read(IDS + 20 * first, 20 * ((fanout[firstByte] ?? 0) - first)) }
}

/** The number of the first ID that is not less than the wanted one. */
function lowerBound(ids: Buffer, wanted: Buffer): number {
  let low = 0
  let high = ids.length / 20
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ids.compare(wanted, 0, 20, middle * 20, middle * 20 + 20) < 0) low = middle + 1
    else high = middle
  }
  return low
}
