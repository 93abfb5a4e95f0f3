import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

/** A log that is written meanwhile, and rotated. */
export interface FollowedLog {
  /** The lines that came since; at most some megabytes at a time. */
  read(): readonly string[]
  close(): void
}

const CHUNK_BYTES = 1_000_000
const CHUNKS = 8
/** What was written before the start may still explain drift that is seen first then. */
const BEFORE_START_BYTES = 16_000_000
/** A longer line is dropped: at level Metadata none comes near. */
const LONGEST_LINE = 1_000_000

/** Follows a file by its name: one that is renamed is read to its end, and then the new one of that name. */
export function followLog(path: string): FollowedLog {
  let file: { readonly descriptor: number; readonly inode: number; at: number } | undefined
  let decoder = new StringDecoder('utf8')
  let rest = ''
  let isTooLong = false
  let isFirst = true
  const buffer = Buffer.alloc(CHUNK_BYTES)

  function open(): void {
    const descriptor = openSync(path, 'r')
    const { ino, size } = fstatSync(descriptor)
    const at = isFirst ? Math.max(0, size - BEFORE_START_BYTES) : 0
    // In the middle of a line: that is no event, and says nothing.
    file = { descriptor, inode: ino, at }
    isFirst = false
    decoder = new StringDecoder('utf8')
    rest = ''
    isTooLong = false
  }

  function close(): void {
    if (file !== undefined) closeSync(file.descriptor)
    file = undefined
  }

  function take(text: string, lines: string[]): void {
    const parts = `${rest}${text}`.split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      if (!isTooLong && part.length <= LONGEST_LINE) lines.push(part)
      isTooLong = false
    }
    if (rest.length <= LONGEST_LINE) return
    rest = ''
    isTooLong = true
  }

  function wasReplaced(): boolean {
    const now = statSync(path, { throwIfNoEntry: false })
    return now !== undefined && file !== undefined && (now.ino !== file.inode || now.size < file.at)
  }

  return {
    read() {
      if (file === undefined && statSync(path, { throwIfNoEntry: false }) === undefined) {
        isFirst = false
        return []
      }
      if (file === undefined) open()
      const lines: string[] = []
      for (let chunk = 0; chunk < CHUNKS && file !== undefined; chunk += 1) {
        const length = readSync(file.descriptor, buffer, 0, CHUNK_BYTES, file.at)
        file.at += length
        if (length > 0) take(decoder.write(buffer.subarray(0, length)), lines)
        else if (wasReplaced()) {
          close()
          open()
        } else break
      }
      return lines
    },
    close,
  }
}
