/** Chunks smaller than this are merged: each chunk that is sent costs a system call. */
const MIN_CHUNK_BYTES = 16 * 1024

/** The same bytes in fewer chunks; large ones are passed on without a copy. */
export function coalesceChunks(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const result: Uint8Array[] = []
  let small: Uint8Array[] = []
  let bytes = 0
  function flush(): void {
    if (small.length > 0) result.push(Buffer.concat(small, bytes))
    small = []
    bytes = 0
  }
  for (const chunk of chunks) {
    if (chunk.length >= MIN_CHUNK_BYTES) {
      flush()
      result.push(chunk)
      continue
    }
    small.push(chunk)
    bytes += chunk.length
    if (bytes >= MIN_CHUNK_BYTES) flush()
  }
  flush()
  return result
}
