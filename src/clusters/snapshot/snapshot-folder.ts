import { type FileHandle, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { printJson } from '../../kubernetes/serialization/json.ts'
import type { ServedKind } from '../../model/clusters/cluster.ts'
import { CodedError } from '../../model/failure.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { descriptionJson, type SnapshotDescription } from './description.ts'

/** A file is read whole, up to 64 MB; one more object never reaches that. */
const FILE_BYTES = 32 * 1024 * 1024
/** What a server names a resource and its group: a name of anything else could lead out of the folder. */
const RESOURCE_NAME = /^[a-z0-9]([-a-z0-9]{0,98}[a-z0-9])?$/
const GROUP_NAME = /^([a-z0-9]([-a-z0-9.]{0,98}[a-z0-9])?)?$/
const READABLE_BY_OWNER = 0o600

/** A snapshot that is being written beside the place where it will be. */
export interface SnapshotFolder extends AsyncDisposable {
  /** Bytes that were written so far, those of kinds that were dropped again included. */
  bytes(): number
  /** The objects of one kind, an object a line. @throws CodedError `GDE_CLUSTER_PROTOCOL` when its name cannot name a file */
  beginKind(served: ServedKind): Promise<KindWriter>
  /** Puts the folder in its place. @throws CodedError `GDE_SNAPSHOT_WRITE` */
  finish(description: SnapshotDescription): Promise<void>
}

export interface KindWriter {
  write(objects: readonly KubernetesObject[]): Promise<void>
  /** The kind is complete: what is not written does not exist. */
  complete(): Promise<void>
  /** Forgets what was written of it. */
  drop(): Promise<void>
}

/**
 * Makes a folder of its own beside `path`, readable by nobody else, and moves it there at the end; what is not finished is removed.
 * @param maxBytes of all files together
 * @throws CodedError `GDE_SNAPSHOT_WRITE` when there is something at the path, or nothing can be written there
 */
export async function createSnapshotFolder(path: string, maxBytes: number): Promise<SnapshotFolder> {
  const target = resolve(path)
  await requireFree(target, path)
  const parent = dirname(target)
  const folder = await writing(path, () => mkdtemp(join(parent, `.${basename(target)}-`)))
  const opened = new Set<FileHandle>()
  /** The kinds that have files. */
  const begun = new Set<string>()
  let isFinished = false
  let bytes = 0

  const openFile = async (name: string): Promise<FileHandle> => {
    const file = await writing(path, () => open(join(folder, name), 'wx', READABLE_BY_OWNER))
    opened.add(file)
    return file
  }
  const append = async (file: FileHandle, text: string): Promise<number> => {
    const size = Buffer.byteLength(text)
    bytes += size
    if (bytes > maxBytes)
      throw new CodedError('GDE_SNAPSHOT_WRITE', `the snapshot is larger than ${Math.round(maxBytes / 1048576)} MB`)
    await writing(path, () => file.appendFile(text))
    return size
  }
  const close = async (file: FileHandle): Promise<void> => {
    opened.delete(file)
    await writing(path, () => file.close())
  }

  async function beginKind(served: ServedKind): Promise<KindWriter> {
    const { group, resource } = served
    const name = group === '' ? resource : `${resource}.${group}`
    if (!RESOURCE_NAME.test(resource) || !GROUP_NAME.test(group))
      throw new CodedError('GDE_CLUSTER_PROTOCOL', `${JSON.stringify(name)} is no name of a resource`)
    if (begun.has(name)) throw new CodedError('GDE_CLUSTER_PROTOCOL', `${name} is the resource of two kinds`)
    begun.add(name)
    const names: string[] = []
    let file: FileHandle | undefined
    let size = 0
    const next = async (): Promise<FileHandle> => {
      if (file !== undefined && size < FILE_BYTES) return file
      if (file !== undefined) await close(file)
      size = 0
      const fileName = names.length === 0 ? `${name}.jsonl` : `${name}+${names.length + 1}.jsonl`
      names.push(fileName)
      file = await openFile(fileName)
      return file
    }
    const end = async (): Promise<void> => {
      if (file !== undefined) await close(file)
      file = undefined
    }
    return {
      write: async (objects) => {
        for (const object of objects) {
          const written = await append(await next(), `${printJson(object)}\n`)
          size += written
        }
      },
      complete: async () => {
        // An empty list of the kind says that it is complete.
        await append(await next(), `${printJson(emptyList(served))}\n`)
        await end()
      },
      drop: async () => {
        await end()
        for (const one of names) await rm(join(folder, one), { force: true })
        begun.delete(name)
      },
    }
  }

  return {
    bytes: () => bytes,
    beginKind,
    finish: async (description) => {
      const file = await openFile('snapshot.json')
      await append(file, `${printJson(descriptionJson(description), 2)}\n`)
      await close(file)
      // An empty folder at the path is replaced; one that was filled meanwhile is not.
      await writing(path, () => rename(folder, target))
      isFinished = true
    },
    [Symbol.asyncDispose]: async () => {
      for (const file of opened) await file.close()
      if (!isFinished) await rm(folder, { recursive: true, force: true })
    },
  }
}

async function requireFree(target: string, path: string): Promise<void> {
  const entries = await readdir(target).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw writeError(path, error)
  })
  if (entries.length > 0) throw new CodedError('GDE_SNAPSHOT_WRITE', `${path} is not empty`)
}

function emptyList({ group, kind, versions }: ServedKind) {
  const version = versions[0] ?? 'v1'
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind: `${kind}List`, items: [] }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw writeError(path, error)
  }
}

function writeError(path: string, error: unknown): unknown {
  const code = codeOf(error)
  // Without a system error code it is a bug.
  if (code === undefined) return error
  return new CodedError('GDE_SNAPSHOT_WRITE', `${path} cannot be written (${code})`, {}, { cause: error })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
