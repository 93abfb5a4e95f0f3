import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { addAbortSignal } from 'node:stream'
import { asKubernetesObject, listedValues } from '../../kubernetes/object.ts'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import { CodedError, type Failure, toFailure } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'

/** An object of a file, or why something of it cannot be read: the rest is read all the same. */
export type ReadObject =
  | { readonly object: KubernetesObject; readonly file: string; readonly line: number }
  | { readonly failure: Failure }

/** A file that is read as a whole; JSON lines are read line by line and may be of any length. */
const FILE_BYTES = 256 * 1024 * 1024
const LINE_BYTES = 16 * 1024 * 1024
const YAML_LIMITS = { bytes: FILE_BYTES, nodes: 20_000_000 }

/** The path that means stdin. */
export const STDIN = '-'

const EXTENSIONS = ['.yaml', '.yml', '.json', '.jsonl', '.ndjson']

/**
 * The objects of a file, of stdin (`-`), or of all files below a folder in the order of their names: YAML, JSON, JSON lines, and lists
 * of objects. Files without a known extension
 * are recognized by their first character.
 * @throws CodedError `GDE_SNAPSHOT_READ` when there is no such file or folder
 */
export async function* readObjects(path: string, signal: AbortSignal): AsyncGenerator<ReadObject> {
  const files = await filesOf(path)
  for (const file of files) {
    signal.throwIfAborted()
    try {
      yield* isLines(file) ? readLines(file, signal) : readWhole(file, signal)
    } catch (error) {
      if (signal.aborted) throw error
      yield { failure: toFailure(error, { file }) }
    }
  }
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (path === STDIN) return [path]
  const found = await stat(path).catch((cause: unknown) => {
    throw new CodedError('GDE_SNAPSHOT_READ', 'there is no such file or folder', { file: path }, { cause })
  })
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && EXTENSIONS.includes(extname(entry.name)))
  return names.map((entry) => join(entry.parentPath, entry.name)).sort()
}

function isLines(file: string): boolean {
  return ['.jsonl', '.ndjson'].includes(extname(file))
}

async function* readLines(file: string, signal: AbortSignal): AsyncGenerator<ReadObject> {
  const stream = createReadStream(file, { encoding: 'utf8', signal })
  let line = 0
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1
    if (text.trim() !== '') yield* readLine(text, file, line)
  }
}

function* readLine(text: string, file: string, line: number): Generator<ReadObject> {
  try {
    if (text.length > LINE_BYTES) throw new CodedError('GDE_TOO_LARGE', 'the line is longer than 16 MB', { file, line })
    yield* objectsOf(parseJson(text, { file, line }), file, line)
  } catch (error) {
    yield { failure: toFailure(error, { file, line }) }
  }
}

function* objectsOf(value: Json, file: string, line: number): Generator<ReadObject> {
  for (const item of listedValues(value)) {
    try {
      yield { object: asKubernetesObject(item, { file, line }), file, line }
    } catch (error) {
      // One invalid item must not hide the others of its list.
      yield { failure: toFailure(error, { file, line }) }
    }
  }
}

async function* readWhole(file: string, signal: AbortSignal): AsyncGenerator<ReadObject> {
  const text = file === STDIN ? await readStdin(signal) : await readText(file, signal)
  if (isJson(file, text)) yield* readJson(text, file)
  else yield* readYaml(text, file)
}

async function readText(file: string, signal: AbortSignal): Promise<string> {
  const { size } = await stat(file)
  if (size > FILE_BYTES) throw tooLarge(file)
  return readFile(file, { encoding: 'utf8', signal })
}

async function readStdin(signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Not by its file descriptor: reading a non-blocking pipe fails with EAGAIN while it is empty.
  for await (const chunk of addAbortSignal(signal, process.stdin)) {
    bytes += chunk.length
    if (bytes > FILE_BYTES) throw tooLarge(STDIN)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(file: string): CodedError {
  return new CodedError('GDE_TOO_LARGE', 'there are more than 256 MB in it', { file })
}

function isJson(file: string, text: string): boolean {
  return extname(file) === '.json' || (!/\.ya?ml$/.test(file) && /^\s*[{[]/.test(text))
}

/** One value, or one a line whatever the file is called. */
function* readJson(text: string, file: string): Generator<ReadObject> {
  const end = text.indexOf('\n')
  const first = end === -1 ? text : text.slice(0, end)
  const isOneALine = /^\s*\{.*\}\s*$/.test(first) && text.slice(first.length).trim() !== ''
  if (!isOneALine) {
    yield* objectsOf(parseJson(text, { file }), file, 1)
    return
  }
  for (const [index, line] of text.split('\n').entries()) if (line.trim() !== '') yield* readLine(line, file, index + 1)
}

function* readYaml(text: string, file: string): Generator<ReadObject> {
  for (const { value, line } of readYamlDocuments(text, { file, limits: YAML_LIMITS }))
    yield* objectsOf(value, file, line)
}
