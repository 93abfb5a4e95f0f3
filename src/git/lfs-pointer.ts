const FIRST_LINE = Buffer.from('version https://git-lfs.github.com/spec/')
/** The LFS specification: a pointer file is smaller than this. */
const LARGEST_POINTER = 1024

/** Whether the content of a file is only Git LFS's pointer to it: Argo CD sees the file itself, this program cannot. */
export function isLfsPointer(content: Uint8Array): boolean {
  if (content.length >= LARGEST_POINTER || content.length < FIRST_LINE.length) return false
  return FIRST_LINE.equals(content.subarray(0, FIRST_LINE.length))
}
