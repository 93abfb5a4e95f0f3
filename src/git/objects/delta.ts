import { CodedError } from '../../model/failure.ts'
import { damage } from '../git-failure.ts'

/**
 * Makes an object from its base and a delta of Git's pack format: the sizes of both, then runs copied from the base
 * (`1xxxxxxx`, offset and size in the bytes that follow) and runs of new bytes (`0nnnnnnn`).
 * @throws CodedError `GDE_TOO_LARGE` above `maxBytes`, `GDE_GIT_DAMAGED` when the delta does not fit the base
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array, maxBytes: number): Uint8Array {
  const reader = new DeltaReader(delta)
  if (reader.size() !== base.length) throw damage('a delta is for another base')
  const size = reader.size()
  if (size > maxBytes) throw new CodedError('GDE_TOO_LARGE', `an object has ${size} bytes, more than ${maxBytes}`)
  const result = Buffer.allocUnsafe(size)
  let at = 0
  while (!reader.atEnd) {
    const command = reader.byte()
    if (command === 0) throw damage('a delta has a command that is not defined')
    const source = command < 0x80 ? reader.run(command) : readCopy(base, reader, command)
    if (at + source.length > size) throw damage('a delta gives more bytes than it says')
    result.set(source, at)
    at += source.length
  }
  if (at !== size) throw damage('a delta gives fewer bytes than it says')
  return result
}

/** The size of what the delta makes, read from its start alone. */
export function deltaResultSize(delta: Uint8Array): number {
  const reader = new DeltaReader(delta)
  reader.size()
  return reader.size()
}

function readCopy(base: Uint8Array, reader: DeltaReader, command: number): Uint8Array {
  let offset = 0
  for (let index = 0; index < 4; index++) if (command & (1 << index)) offset += reader.byte() * 2 ** (8 * index)
  let size = 0
  for (let index = 0; index < 3; index++) if (command & (0x10 << index)) size += reader.byte() << (8 * index)
  // A size of 0 stands for 64 KiB.
  if (size === 0) size = 0x10000
  if (offset + size > base.length) throw damage('a delta copies from beyond its base')
  return base.subarray(offset, offset + size)
}

class DeltaReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) throw damage('a delta ends too early')
    this.#at++
    return value
  }

  run(length: number): Uint8Array {
    const end = this.#at + length
    if (end > this.#bytes.length) throw damage('a delta ends too early')
    const run = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return run
  }

  /** Seven bits a byte, the lowest first; eight bytes hold more than any object may have. */
  size(): number {
    let size = 0
    for (let index = 0; index < 7; index++) {
      const byte = this.byte()
      size += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) return size
    }
    throw damage('a delta has a size that cannot be')
  }
}
