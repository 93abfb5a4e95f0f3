import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { extract, type Header } from 'tar-stream'
import { CodedError } from '../../model/failure.ts'
import type { SourceLimits } from '../limits.ts'
import { boundedGunzip } from './bounded-gunzip.ts'
import { type ArchiveReader, entryPath, linkTarget, refused } from './entry-path.ts'
import { PackBuilder } from './pack-builder.ts'
import { TreeBuilder } from './tree-builder.ts'

export type UnpackLimits = Pick<SourceLimits, 'unpackedBytes' | 'fileBytes' | 'files'>

export interface UnpackOptions {
  readonly reader: ArchiveReader
  readonly compressed: boolean
  readonly limits: UnpackLimits
}

/** What an archive became. */
export interface UnpackedTree {
  readonly packPath: string
  /** Object ID of the root. */
  readonly tree: string
}

/**
 * Makes a tree of a tar archive, in a pack of its own: nothing is unpacked to a path.
 * @param file the archive; its digest was checked
 * @throws CodedError `GDE_SOURCE_ARCHIVE`, `GDE_TOO_LARGE`, and the reason of the signal
 */
export async function unpackArchive(
  file: string,
  packFolder: string,
  options: UnpackOptions,
  signal: AbortSignal,
): Promise<UnpackedTree> {
  const { path, result } = await PackBuilder.write(packFolder, async (pack) => {
    const tree = new TreeBuilder(pack)
    await readTar(file, options, signal, tree)
    if (tree.isEmpty) throw new CodedError('GDE_SOURCE_ARCHIVE', 'there is no file in the archive')
    if (options.reader === 'chart' && !tree.hasFile('Chart.yaml'))
      throw new CodedError('GDE_SOURCE_ARCHIVE', 'the archive holds no chart: there is no Chart.yaml in its folder')
    return tree.write()
  })
  return { packPath: path, tree: result.toString('hex') }
}

/** A tree with the one file, under the given name. */
export async function storeFile(content: Buffer, name: string, packFolder: string): Promise<UnpackedTree> {
  const { path, result } = await PackBuilder.write(packFolder, async (pack) => {
    const tree = new TreeBuilder(pack)
    await tree.add([name], content, '100644')
    return tree.write()
  })
  return { packPath: path, tree: result.toString('hex') }
}

async function readTar(file: string, options: UnpackOptions, signal: AbortSignal, tree: TreeBuilder): Promise<void> {
  const { compressed, limits } = options
  const raw = createReadStream(file, { highWaterMark: 256 << 10 })
  const bytes = compressed
    ? boundedGunzip(raw, limits.unpackedBytes, 'the archive')
    : boundedBytes(raw, limits.unpackedBytes)
  const entries = extract()
  // Destroyed by whichever end fails; the loop below throws the error.
  const feeding = feed(bytes, entries, signal)
  feeding.catch(() => undefined)
  let count = 0
  try {
    for await (const entry of entries) {
      signal.throwIfAborted()
      count += 1
      if (count > limits.files)
        throw new CodedError('GDE_TOO_LARGE', `the archive holds more than ${limits.files} files and folders`)
      await addEntry(entry.header, entry, options, tree)
    }
    await feeding
  } catch (error) {
    entries.destroy()
    throw await archiveFailure(error, feeding)
  }
}

async function feed(
  bytes: AsyncIterable<Buffer>,
  entries: ReturnType<typeof extract>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const piece of bytes) {
      signal.throwIfAborted()
      if (entries.destroyed) return
      if (!entries.write(piece)) await drained(entries)
    }
    entries.end(null)
  } catch (error) {
    entries.destroy(error instanceof Error ? error : new Error('the archive cannot be read'))
    throw error
  }
}

function drained(entries: ReturnType<typeof extract>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      entries.off('drain', done)
      entries.off('close', done)
      resolve()
    }
    entries.on('drain', done)
    entries.on('close', done)
  })
}

/** The failure of the bytes comes before that of the reader, which only notices that they end. */
async function archiveFailure(error: unknown, feeding: Promise<void>): Promise<unknown> {
  const cause = error instanceof CodedError ? error : await feeding.then(() => error).catch((reason: unknown) => reason)
  if (cause instanceof CodedError || !(cause instanceof Error) || cause.name === 'AbortError') return cause
  if (cause.name === 'TimeoutError' || 'errno' in cause) return cause
  return new CodedError('GDE_SOURCE_ARCHIVE', `the archive is no tar file: ${cause.message}`, {}, { cause })
}

async function addEntry(
  header: Header,
  content: AsyncIterable<unknown>,
  options: UnpackOptions,
  tree: TreeBuilder,
): Promise<void> {
  const { reader, limits } = options
  const path = entryPath(header.name, reader)
  switch (header.type) {
    case 'file':
    case 'contiguous-file': {
      if (path === undefined) throw refused(header.name, 'it is the root itself')
      if (header.size > limits.fileBytes)
        throw new CodedError(
          'GDE_TOO_LARGE',
          `${path.join('/')} has ${header.size} bytes, more than ${limits.fileBytes}`,
        )
      const pieces: Uint8Array[] = []
      for await (const piece of content) if (piece instanceof Uint8Array) pieces.push(piece)
      const data = Buffer.concat(pieces)
      return tree.add(path, reader === 'chart' ? withoutByteOrderMark(data) : data, '100644')
    }
    case 'symlink':
      await skip(content)
      // fluxcd/pkg/tar leaves them out (WithSkipSymlinks).
      if (reader === 'flux' || path === undefined) return
      // Helm and Flux make an empty file of it, Argo CD a link: what the chart holds depends on who reads it. Of an artifact of Flux's
      // controllers kustomize-controller refuses it (fluxcd/pkg/tar without WithSkipSymlinks).
      if (reader === 'chart' || reader === 'artifact') throw refused(header.name, 'it is a link')
      return tree.add(path, Buffer.from(linkTarget(path, header.linkname)), '120000')
    case 'directory':
      return skip(content)
    default:
      await skip(content)
      // Argo CD passes over whatever it does not know.
      if (reader !== 'argocd') throw refused(header.name, `it is a ${header.type === 'link' ? 'link' : header.type}`)
  }
}

async function skip(content: AsyncIterable<unknown>): Promise<void> {
  for await (const _piece of content);
}

/** Helm's loader takes it away (pkg/chart/loader/archive). */
function withoutByteOrderMark(data: Buffer): Buffer {
  return data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data
}

async function* boundedBytes(source: Readable, maxBytes: number): AsyncGenerator<Buffer, void, undefined> {
  let size = 0
  for await (const piece of source as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > maxBytes) throw new CodedError('GDE_TOO_LARGE', `the archive has more than ${maxBytes} bytes`)
    yield piece
  }
}
