/** A counter on stderr when that is a terminal; nothing in logs of CI. */
export function showProgress(
  stream: NodeJS.WriteStream,
  what = 'apps',
): {
  readonly show: (done: number, all: number) => void
  readonly clear: () => void
} {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined }
  return {
    show: (done, all) => void stream.write(`\r\x1b[K${done} of ${all} ${what}`),
    clear: () => void stream.write('\r\x1b[K'),
  }
}
