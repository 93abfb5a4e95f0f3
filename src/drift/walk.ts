import type { PathStep } from '../kubernetes/managed-fields.ts'
import { meantBy, sameValue } from '../kubernetes/same-value.ts'
import {
  ANY_FIELD,
  type AnyNode,
  type FieldContext,
  type SchemaField,
  type SchemaNode,
  UNKNOWN_FIELD,
} from '../kubernetes/schema/node.ts'
import type { ComparePolicy, OperationalMark } from '../model/apps/policy.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { Cause } from '../model/verdicts/cause.ts'
import type { DifferenceClass } from '../model/verdicts/difference.ts'
import type { Owner } from './owners.ts'
import { actorOf, type Ownership, readOwnership } from './ownership.ts'
import { type RawDifference, rawDifferencePointer } from './raw-difference.ts'

/** State of the walk through one object: the current path and the differences so far. */
export interface Walk {
  readonly root: KubernetesObject
  readonly parties: Pick<ComparePolicy, 'managers' | 'manualManagers'>
  readonly ignoredManagers: readonly string[]
  readonly marks: readonly OperationalMark[]
  /** Read lazily: an object in sync is judged without it. */
  ownership: Ownership | undefined
  /** From the root to the current value. */
  readonly path: PathStep[]
  /** The live values along the path, from the root to the parent of the current value. */
  readonly chain: Json[]
  /** Length of the path at the outermost value that is owned as a whole; -1 outside of one. */
  atomicAt: number
  readonly rawDifferences: RawDifference[]
  /** Pointers of declared fields that the schema does not know. */
  readonly invalid: string[]
  /** Something was left unjudged because managedFields do not tell whose it is. */
  unjudged: boolean
  /** The live object has lost its managedFields, or those of what Git declares; undefined while nobody asked. */
  hasLostOwnership: boolean | undefined
  readonly desired: KubernetesObject
  /** Compares one declared value; lists come back to it for each of their items. */
  readonly walkField: (
    walk: Walk,
    desired: Json,
    live: Json | undefined,
    field: SchemaField,
    around: JsonObject | undefined,
  ) => void
}

/** Who wrote which field of the live object, read at first use. */
export function ownershipOf(walk: Walk): Ownership {
  const { parties, ignoredManagers } = walk
  walk.ownership ??= readOwnership(walk.root, { ...parties, ignoredManagers })
  return walk.ownership
}

/**
 * The object's own value. Fast: JSON holds no functions, so inherited members of a plain object are recognized by their
 * type.
 */
export function own(object: JsonObject, key: string): Json | undefined {
  const value = object[key]
  if (typeof value === 'function' || key === '__proto__') return Object.hasOwn(object, key) ? value : undefined
  return value
}

/** The schema of a field: undefined for one that the server prunes. */
export function fieldOf(node: SchemaNode, key: string): SchemaField | undefined {
  if (node.type === 'object') return node.fields.get(key) ?? node.values ?? (node.closed ? undefined : ANY_FIELD)
  if (node.type === 'any' && node.like !== undefined) return likeField(node, node.like, key)
  return node.type === 'any' && !node.known ? UNKNOWN_FIELD : ANY_FIELD
}

function likeField({ known }: AnyNode, like: SchemaNode, key: string): SchemaField {
  const field = like.type === 'object' ? (like.fields.get(key) ?? like.values) : undefined
  const node = { type: 'any', known, ...(field !== undefined && { like: field.node }) } as const
  return { node, keepsZero: field?.keepsZero ?? true, default: undefined, rule: undefined }
}

export function fieldContext(walk: Walk, desired: JsonObject | undefined): FieldContext {
  const step = walk.path.at(-1)
  const live = walk.chain.at(-1)
  return {
    key: typeof step === 'string' ? step : '',
    live: isJsonObject(live) ? live : {},
    desired,
    root: walk.root,
    declared: walk.desired,
    chain: walk.chain,
  }
}

/**
 * Enters a value that is owned as a whole: inside it, ownership is that of the whole. @returns `atomicAt` to restore
 * afterwards
 */
export function enterAtomic(walk: Walk): number {
  const before = walk.atomicAt
  if (before === -1) walk.atomicAt = walk.path.length
  return before
}

/** Adds a difference of a declared value, `changed` or `missing`, with the writer of the live one. */
export function addDifference(
  walk: Walk,
  found: DifferenceClass,
  desired: Json | undefined,
  live: Json | undefined,
  node: SchemaNode,
): void {
  const { path } = walk
  const ownership = ownershipOf(walk)
  const owners = ownership.owners(path, walk.atomicAt === -1 ? undefined : walk.atomicAt)
  if (owners.some((entry) => entry.ignored)) return
  const remembered = owners.filter(({ party }) => party !== 'forgotten')
  const writer = writerOf(remembered)
  walk.rawDifferences.push({
    class: found,
    path: [...path],
    desired,
    live,
    actor: writer === undefined ? undefined : actorOf(writer),
    unattributed: owners.length > 0 && writer === undefined ? 'forgotten' : undefined,
    cause: causeOfDeclared(walk, remembered, { desired, live, node }),
  })
}

interface Values {
  readonly desired: Json | undefined
  readonly live: Json | undefined
  readonly node: SchemaNode
}

/** Whether Git or the cluster changed the value since the last apply. */
function causeOfDeclared(walk: Walk, owners: readonly Owner[], { desired, live, node }: Values): Cause {
  const { path } = walk
  const ownership = ownershipOf(walk)
  const recorded = ownership.lastApplied(path)
  if (recorded !== undefined) {
    if (sameValue(recorded.value, live, node)) return 'git'
    // Not applied before: the live value is a default, or was written by somebody else since.
    if (recorded.value === undefined) return owners.some((entry) => entry.party === 'person') ? 'both' : 'git'
    return sameValue(recorded.value, desired, node) ? 'live' : 'both'
  }
  // If the GitOps manager still owns the field, Git changed it since: a change by anybody else would have taken the
  // ownership.
  if (owners.length > 0) return owners.some((entry) => entry.party === 'gitops') ? 'git' : 'live'
  const { byGitops, byManualManagers } = ownership.written
  return byGitops !== '' && byManualManagers <= byGitops ? 'git' : 'live'
}

/** Who wrote last; the GitOps manager only where it is the only one. RFC 3339 in UTC, as the server writes it, sorts as text. */
function writerOf(owners: readonly Owner[]): Owner | undefined {
  let writer: Owner | undefined
  for (const owner of owners) {
    if (writer === undefined || (writer.party === 'gitops' && owner.party !== 'gitops')) writer = owner
    else if ((writer.party === 'gitops') === (owner.party === 'gitops') && (owner.time ?? '') >= (writer.time ?? ''))
      writer = owner
  }
  return writer
}

export function noteInvalid(walk: Walk): void {
  walk.invalid.push(rawDifferencePointer({ class: 'changed', path: walk.path }))
}

function isEmpty(object: JsonObject): boolean {
  for (const _ in object) return false
  return true
}

/** Go's zero value of what a field can hold. */
export function isZero(value: Json, node: SchemaNode): boolean {
  if (value === null || value === '' || value === 0 || value === false) return true
  if (Array.isArray(value)) return value.length === 0
  if (isJsonObject(value)) return isEmpty(value)
  const meant = meantBy(node)
  return value === '0' && meant.type === 'scalar' && meant.scalar === 'quantity'
}
