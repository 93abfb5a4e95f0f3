import { CodedError } from '../../model/failure.ts'

/** Start of a Git LFS pointer. As YAML it is a plain string, so that a manifest would silently be ignored. */
const LFS_POINTER = Buffer.from('version https://git-lfs.github.com/spec/')

/**
 * The text of a file: UTF-8, or UTF-16 where a byte order mark says so, as Argo CD reads manifests.
 * @throws CodedError `GDE_RENDER_YAML` for anything else, `GDE_GIT_UNSUPPORTED` for a pointer of Git LFS
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  if (LFS_POINTER.equals(bytes.subarray(0, LFS_POINTER.length)))
    throw new CodedError('GDE_GIT_UNSUPPORTED', 'the file is kept by Git LFS, which is not read', { file })
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
  } catch (error) {
    throw new CodedError('GDE_RENDER_YAML', 'the file is not UTF-8 text', { file }, { cause: error })
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}
