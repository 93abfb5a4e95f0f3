import { asKubernetesObject } from '../../kubernetes/object.ts'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import type { Failure } from '../../model/failure.ts'
import {
  type GroupKind,
  groupKindText,
  type KubernetesObject,
  type ObjectKey,
  objectKeyText,
} from '../../model/object.ts'
import { customKinds } from './custom-kinds.ts'
import { declaredKinds, EVERY_KIND } from './declared-kinds.ts'
import { type Asked, leftOutFailure, mergeDescriptions, type SnapshotDescription } from './description.ts'
import type { FileState } from './files.ts'
import { notHeld, notServed } from './not-held.ts'
import { type PackedJson, unpackJson } from './packed-json.ts'
import { createScopes, type Scopes } from './scopes.ts'

export interface SnapshotEntry {
  /** With the namespace that the server would give it. */
  readonly key: ObjectKey
  readonly version: string
  /** As in the file, redacted. */
  readonly json: PackedJson
  readonly file: string
}

/** The objects of all files of a snapshot at one moment. */
export interface SnapshotContents {
  /** By text of the object's key; undefined when the snapshot does not hold the kind. */
  kind(kind: GroupKind): ReadonlyMap<string, SnapshotEntry> | undefined
  /** The object; a key without a namespace, of a namespaced kind, finds the object that was written without one. */
  entry(key: ObjectKey): SnapshotEntry | undefined
  /** Why the kind cannot be read right now. */
  failure(kind: GroupKind): Failure | undefined
  /** Why the snapshot does not answer for what is asked of the kind: it was left out, is not held, or was not served. */
  absence(kind: GroupKind, asked?: Asked): Failure | undefined
  readonly description: SnapshotDescription | undefined
  readonly kinds: readonly GroupKind[]
  /** What is not there is not in the cluster, whatever its kind. */
  readonly isComplete: boolean
  readonly scopes: Scopes
  readonly kubeVersion: string | undefined
  readonly warnings: readonly Failure[]
  /** Of the files, for the status. */
  readonly failures: readonly Failure[]
}

/** A file with a thousand duplicates would otherwise fill the page. */
const MAX_WARNINGS = 100

export function collectContents(
  files: readonly FileState[],
  folderFailure: Failure | undefined,
  listedKinds: readonly string[],
): SnapshotContents {
  const failures = [folderFailure, ...files.map((state) => state.failure)].filter((failure) => failure !== undefined)
  const description = mergeDescriptions(files.flatMap(({ content }) => content?.description ?? []))
  const scopes = createScopes(customKinds(files), description?.served?.kinds)
  const byKind = new Map<string, Map<string, SnapshotEntry>>()
  const kinds = new Map<string, GroupKind>()
  const withoutNamespace = new Map<string, SnapshotEntry>()
  const warnings = files.flatMap((state) => state.content?.warnings ?? [])
  const twice = countTwice()
  const entriesOf = (kind: GroupKind): Map<string, SnapshotEntry> => {
    const text = groupKindText(kind)
    const entries = byKind.get(text) ?? new Map<string, SnapshotEntry>()
    byKind.set(text, entries)
    if (!kinds.has(text)) kinds.set(text, { group: kind.group, kind: kind.kind })
    return entries
  }
  const isComplete = listedKinds.includes(EVERY_KIND)
  for (const text of listedKinds) for (const kind of declaredKinds(text, scopes)) entriesOf(kind)
  for (const { file, content } of files) {
    for (const kind of content?.emptyLists ?? []) entriesOf(kind)
    for (const { key: written, version, json } of content?.objects ?? []) {
      const key = scopes.withServerNamespace(written)
      const entries = entriesOf(key)
      const text = objectKeyText(key)
      const before = entries.get(text)
      if (before !== undefined) twice.add(key, before.file, file)
      const entry: SnapshotEntry = { key, version, json, file }
      entries.set(text, entry)
      if (written.namespace === '' && key.namespace !== '') withoutNamespace.set(objectKeyText(written), entry)
    }
  }
  return {
    kind: (kind) => byKind.get(groupKindText(kind)),
    entry: (key) => byKind.get(groupKindText(key))?.get(objectKeyText(key)) ?? withoutNamespace.get(objectKeyText(key)),
    failure: (kind) => folderFailure ?? brokenFile(files, kind),
    absence: (kind, asked) => {
      const leftOut = description === undefined ? undefined : leftOutFailure(description, kind, asked)
      if (leftOut !== undefined || byKind.has(groupKindText(kind))) return leftOut
      const isUnserved = description?.served !== undefined && scopes.kind(kind) === undefined
      return isUnserved ? notServed(kind) : notHeld(kind)
    },
    description,
    kinds: [...kinds.values()],
    isComplete,
    scopes,
    kubeVersion:
      files.findLast((state) => state.content?.kubeVersion !== undefined)?.content?.kubeVersion ??
      description?.kubeVersion,
    warnings: [...warnings, ...twice.warnings()].slice(0, MAX_WARNINGS),
    failures,
  }
}

/** The object with the namespace that the server would have given it. */
export function readEntry({ key, json }: SnapshotEntry): KubernetesObject {
  const object = asKubernetesObject(parseJson(unpackJson(json)))
  if (key.namespace === (object.metadata.namespace ?? '')) return object
  const { namespace: _, ...metadata } = object.metadata
  const serverMetadata = key.namespace === '' ? metadata : { ...metadata, namespace: key.namespace }
  return { ...object, metadata: { ...serverMetadata, name: object.metadata.name } }
}

/**
 * A broken file makes the kinds unreadable that it held when it could last be read; one that never could be read may
 * hold any kind.
 */
function brokenFile(files: readonly FileState[], kind: GroupKind): Failure | undefined {
  const concerns = (state: FileState) =>
    state.content === undefined ||
    state.content.objects.some(({ key }) => key.kind === kind.kind && key.group === kind.group)
  return files.find((state) => state.failure !== undefined && concerns(state))?.failure
}

/** Objects that are there twice: a fault for each two files, since a copy of a dump has all of its objects again. */
function countTwice() {
  const pairs = new Map<
    string,
    { readonly first: ObjectKey; readonly before: string; readonly file: string; count: number }
  >()
  return {
    add(key: ObjectKey, before: string, file: string): void {
      const text = JSON.stringify([before, file])
      const pair = pairs.get(text)
      if (pair === undefined) pairs.set(text, { first: key, before, file, count: 1 })
      else pair.count += 1
    },
    warnings: (): readonly Failure[] =>
      [...pairs.values()].map(({ first, before, file, count }) => {
        const where = before === file ? 'twice in this file' : `in ${before} too`
        const name = `${groupKindText(first)} ${first.namespace === '' ? '' : `${first.namespace}/`}${first.name}`
        const message =
          count === 1
            ? `${name} is ${where}; this one counts`
            : `${name} and ${count - 1} more ${count === 2 ? 'object' : 'objects'} are ${where}; these count`
        return { code: 'GDE_SNAPSHOT_READ', message, file }
      }),
  }
}
