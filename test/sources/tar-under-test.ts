import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'

export type TarEntry = Partial<Header> & { readonly name: string; readonly content?: string | Uint8Array }

/** The bytes of a tar archive with exactly these entries, whatever they are. */
export async function tarOf(entries: Iterable<TarEntry>): Promise<Buffer> {
  const archive = pack()
  const pieces: Uint8Array[] = []
  const collected = (async () => {
    for await (const piece of archive) if (piece instanceof Uint8Array) pieces.push(piece)
  })()
  for (const { content = '', ...header } of entries) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    await new Promise<void>((resolve, reject) => {
      archive.entry(header, bytes, (error) => (error == null ? resolve() : reject(error)))
    })
  }
  archive.finalize()
  await collected
  return Buffer.concat(pieces)
}

export async function tarGzOf(entries: Iterable<TarEntry>): Promise<Buffer> {
  return gzipSync(await tarOf(entries))
}
