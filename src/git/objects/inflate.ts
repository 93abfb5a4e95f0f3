import { inflateSync } from 'node:zlib'
import { CodedError } from '../../model/failure.ts'
import { damage, errorCode } from '../git-failure.ts'

export interface Inflated {
  readonly bytes: Uint8Array
  /** How many bytes of the input the stream took: packs do not say how long a compressed object is. */
  readonly consumed: number
}

/** The smallest output chunk that zlib takes. */
const SMALLEST_CHUNK = 64
/** Above that, output grows in steps: the size is what a stranger's header says, so memory is not given in advance. */
const LARGEST_CHUNK = 1 << 20

/**
 * Upper bound for the compressed form of `size` bytes: zlib adds five bytes to each 16 KiB that cannot be compressed,
 * and eleven in all; the double of that leaves room for other compressors. Longer input was made to waste memory.
 */
export function compressedBound(size: number): number {
  return 2 * (size + (size >> 11)) + 1024
}

/**
 * Inflates the zlib stream at the start of `input`, which may go on behind it.
 * @returns undefined when the input ends before the stream does
 * @throws CodedError `GDE_GIT_DAMAGED` when it is no zlib stream, or gives other than `size` bytes
 */
export function inflateObject(input: Uint8Array, size: number): Inflated | undefined {
  let result: unknown
  try {
    result = inflateSync(input, {
      info: true,
      maxOutputLength: Math.max(size, 1),
      chunkSize: Math.min(Math.max(size, SMALLEST_CHUNK), LARGEST_CHUNK),
    })
  } catch (error) {
    const code = errorCode(error)
    if (code === 'Z_BUF_ERROR') return undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') throw damage('an object is larger than it says', error)
    throw damage('an object is not a zlib stream', error)
  }
  const { bytes, consumed } = inflatedParts(result)
  if (bytes.length !== size) throw damage(`an object has ${bytes.length} bytes where it says ${size}`)
  return { bytes, consumed }
}

/** With `info`, Node gives `{ buffer, engine }`, which its type declarations do not know. */
function inflatedParts(result: unknown): Inflated {
  if (typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result) {
    const { buffer, engine } = result
    if (buffer instanceof Uint8Array && typeof engine === 'object' && engine !== null && 'bytesWritten' in engine) {
      const consumed = engine.bytesWritten
      if (typeof consumed === 'number') return { bytes: buffer, consumed }
    }
  }
  throw new CodedError('GDE_INTERNAL', 'zlib does not tell how much it read')
}
