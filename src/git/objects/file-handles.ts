import { closeSync, openSync, readSync } from 'node:fs'

/**
 * Open files, at most so many at once: what was not read for longest is closed, and opened again when it is read. An open file
 * stays readable after it was removed, which is what lets mirrors be repacked under their readers.
 */
export class FileHandles {
  readonly #open = new Map<string, number>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** As many bytes as there are, up to `length`. @throws the system's error when the file cannot be opened or read */
  read(path: string, offset: number, length: number): Buffer {
    const handle = this.#handle(path)
    const bytes = Buffer.allocUnsafe(length)
    let filled = 0
    while (filled < length) {
      const count = readSync(handle, bytes, filled, length - filled, offset + filled)
      if (count === 0) break
      filled += count
    }
    return bytes.subarray(0, filled)
  }

  close(path: string): void {
    const handle = this.#open.get(path)
    if (handle === undefined) return
    this.#open.delete(path)
    closeSync(handle)
  }

  closeAll(): void {
    for (const path of [...this.#open.keys()]) this.close(path)
  }

  #handle(path: string): number {
    const open = this.#open.get(path)
    if (open !== undefined) {
      this.#open.delete(path)
      this.#open.set(path, open)
      return open
    }
    const handle = openSync(path, 'r')
    this.#open.set(path, handle)
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= this.#limit) break
      this.close(oldest)
    }
    return handle
  }
}
