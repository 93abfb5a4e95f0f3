import { expandLists, groupVersion, objectKey } from '../../kubernetes/object.ts'
import { type RedactionKey, redactObject } from '../../kubernetes/redaction.ts'
import { parseJson, printJson, requireJsonMemory } from '../../kubernetes/serialization/json.ts'
import { readYamlDocuments, type YamlDocument } from '../../kubernetes/serialization/yaml.ts'
import { CodedError, type Failure } from '../../model/failure.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import type { GroupKind, KubernetesObject, ObjectKey } from '../../model/object.ts'
import { mergeDescriptions, readDescription, type SnapshotDescription } from './description.ts'
import { listItems } from './list-items.ts'
import { type PackedJson, packJson } from './packed-json.ts'

/** One object of a file, redacted: compared and kept as packed JSON, which is safe to send between threads. */
export interface SnapshotObject {
  readonly key: ObjectKey
  /** `v1` of `apps/v1`. */
  readonly version: string
  readonly json: PackedJson
}

/** What is in one file of a snapshot. */
export interface SnapshotFile {
  readonly objects: readonly SnapshotObject[]
  /** Kinds of which the file has an empty list: the cluster has none. */
  readonly emptyLists: readonly GroupKind[]
  readonly warnings: readonly Failure[]
  /** From a document that `kubectl version --output yaml` wrote. */
  readonly kubeVersion?: string
  /** What the snapshot says of itself. */
  readonly description?: SnapshotDescription
}

/** Takes the bytes over. @throws CodedError `GDE_SNAPSHOT_READ`, `GDE_TOO_LARGE` */
export type ParseSnapshotFile = (bytes: Uint8Array, file: string, signal: AbortSignal) => Promise<SnapshotFile>

/** Objects as they are in the file: not redacted, so for this thread only. */
export interface SnapshotDocuments {
  readonly objects: readonly KubernetesObject[]
  readonly emptyLists: readonly GroupKind[]
  readonly warnings: readonly Failure[]
  readonly kubeVersion?: string
  readonly description?: SnapshotDescription
}

/** The reader's limits for one file. `kubectl get --all-namespaces` writes one document. */
const LIMITS = { bytes: 64 * 1024 * 1024, nodes: 10_000_000, aliases: 10_000, depth: 400 }
/** etcd takes 1.5 MB. */
const OBJECT_BYTES = 10_000_000

/**
 * The objects of a file, redacted: what a pool thread does for a snapshot. Pure.
 * @param objectBytes what one of them may take
 * @throws CodedError `GDE_SNAPSHOT_READ` with the line where there is one, `GDE_TOO_LARGE`
 */
export function parseSnapshotFile(
  bytes: Uint8Array,
  file: string,
  redactionKey: RedactionKey,
  objectBytes = OBJECT_BYTES,
): SnapshotFile {
  const { objects, ...rest } = readSnapshotDocuments(bytes, file)
  return {
    ...rest,
    objects: objects.map((object) => {
      const json = printJson(redactObject(object, redactionKey))
      if (Buffer.byteLength(json) > objectBytes) {
        const name = `${object.kind} ${object.metadata.name}`
        throw new CodedError('GDE_TOO_LARGE', `${name} is larger than ${objectBytes} bytes`, { file })
      }
      return { key: objectKey(object), version: groupVersion(object.apiVersion).version, json: packJson(json) }
    }),
  }
}

/** @throws CodedError as `parseSnapshotFile` */
export function readSnapshotDocuments(bytes: Uint8Array, file: string): SnapshotDocuments {
  // `kubectl get … > file` truncates the file first: an empty file does not mean an empty cluster.
  if (bytes.length === 0) throw new CodedError('GDE_SNAPSHOT_READ', 'the file is empty', { file })
  if (bytes.length > LIMITS.bytes) throw new CodedError('GDE_TOO_LARGE', 'the file is larger than 64 MB', { file })
  try {
    const isJson = isJsonFile(file)
    if (isJson) requireJsonMemory(bytes, { file })
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return collect(isJson ? readJson(text, file) : readYaml(text, file))
  } catch (error) {
    if (error instanceof TypeError) throw new CodedError('GDE_SNAPSHOT_READ', 'the file is not UTF-8', { file })
    if (!(error instanceof CodedError) || error.failure.code === 'GDE_TOO_LARGE') throw error
    const { message, line, column } = error.failure
    const position = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) }
    throw new CodedError('GDE_SNAPSHOT_READ', message, { file, ...position }, { cause: error })
  }
}

interface Document {
  readonly value: Json
  readonly file: string
  readonly line: number
}

function isJsonFile(file: string): boolean {
  return /\.json[l]?$/i.test(file)
}

/** One value, or one value a line. */
function readJson(
  text: string,
  file: string,
): { readonly documents: readonly Document[]; readonly warnings: Failure[] } {
  try {
    return { documents: [{ value: parseJson(text, { file }), file, line: 1 }], warnings: [] }
  } catch (error) {
    const lines = text.split('\n')
    const filled = lines.filter((line) => line.trim() !== '')
    // The first line of JSON lines is a whole object; the first line of an object that is written over several is not.
    if (filled.length < 2 || !filled[0]?.trim().endsWith('}') || !isWhole(filled[0])) throw error
    const documents = lines.flatMap((line, index) => {
      const position = { file, line: index + 1 }
      return line.trim() === '' ? [] : [{ value: parseJson(line, position), ...position }]
    })
    return { documents, warnings: [] }
  }
}

function isWhole(line: string): boolean {
  try {
    parseJson(line)
    return true
  } catch {
    return false
  }
}

function readYaml(
  text: string,
  file: string,
): { readonly documents: readonly Document[]; readonly warnings: Failure[] } {
  const read = yamlParts(text, file)
  return {
    documents: read.map(({ value, line }) => ({ value, file, line })),
    warnings: read.flatMap(({ warnings }) =>
      warnings.map(({ message, line, column }) => ({
        code: 'GDE_SNAPSHOT_READ' as const,
        message,
        file,
        line,
        column,
      })),
    ),
  }
}

function yamlParts(text: string, file: string): readonly YamlDocument[] {
  const options = { file, limits: LIMITS }
  const items = listItems(text)
  if (items === undefined) return readYamlDocuments(text, options)
  return items.flatMap((item) => {
    const moved = <T extends { readonly line: number }>(one: T): T => ({
      ...one,
      line: one.line + item.offset,
    })
    try {
      return readYamlDocuments(item.text, options).map((document) => ({
        ...moved(document),
        warnings: document.warnings.map(moved),
      }))
    } catch (error) {
      if (!(error instanceof CodedError) || error.failure.line === undefined) throw error
      const { code, message, line, ...where } = error.failure
      throw new CodedError(code, message, { ...where, line: line + item.offset }, { cause: error })
    }
  })
}

function collect(read: { readonly documents: readonly Document[]; readonly warnings: Failure[] }): SnapshotDocuments {
  const objects: KubernetesObject[] = []
  const emptyLists: GroupKind[] = []
  let kubeVersion: string | undefined
  const descriptions: SnapshotDescription[] = []
  for (const { value, file, line } of read.documents) {
    const version = serverVersion(value)
    if (version !== undefined) {
      kubeVersion = version
      continue
    }
    const described = readDescription(value, { file, line })
    if (described !== undefined) {
      descriptions.push(described)
      continue
    }
    const empty = emptyList(value)
    if (empty !== undefined) emptyLists.push(empty)
    objects.push(...expandLists(value, { file, line }))
  }
  const description = mergeDescriptions(descriptions)
  return {
    objects,
    emptyLists,
    warnings: read.warnings,
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
    ...(description === undefined ? {} : { description }),
  }
}

/** The version from `kubectl version --output yaml` or the server's /version, which are not objects. */
function serverVersion(value: Json): string | undefined {
  if (!isJsonObject(value) || value.apiVersion !== undefined) return undefined
  const version = isJsonObject(value.serverVersion) ? value.serverVersion : value
  return typeof version.gitVersion === 'string' ? version.gitVersion : undefined
}

/** A typed list without items says that the cluster has none of that kind; kubectl's `List` does not say of what. */
function emptyList(value: Json): GroupKind | undefined {
  if (!isJsonObject(value) || !Array.isArray(value.items) || value.items.length > 0) return undefined
  const { apiVersion, kind } = value
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || kind === 'List' || !kind.endsWith('List'))
    return undefined
  return { group: groupVersion(apiVersion).group, kind: kind.slice(0, -'List'.length) }
}
