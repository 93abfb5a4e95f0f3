import type { PathStep } from '../kubernetes/managed-fields.ts'
import { sameValue } from '../kubernetes/same-value.ts'
import {
  ANY_FIELD,
  type FieldRule,
  type ListNode,
  type ObjectNode,
  type SchemaField,
  type SchemaNode,
} from '../kubernetes/schema/node.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { DifferenceClass, Unattributed } from '../model/verdicts/difference.ts'
import { hasLostOwnership } from './lost-ownership.ts'
import { isOperationalMetadata } from './operational-metadata.ts'
import type { Owner } from './owners.ts'
import { actorOf } from './ownership.ts'
import type { RawDifference } from './raw-difference.ts'
import { sameActor } from './same-actor.ts'
import { fieldContext, fieldOf, isZero, own, ownershipOf, type Walk } from './walk.ts'

/** Bits: what was found below an undeclared value. */
const NOTHING = 0
const FOUND = 1
/** Something that a controller or another owner keeps there. */
const FOREIGN = 2

/** Whether the live value is a default: the server would set it whatever Git declares. */
export function isExplained(walk: Walk, live: Json, field: SchemaField, desired: JsonObject | undefined): boolean {
  if (live === null || (!field.keepsZero && isZero(live, field.node))) return true
  if (field.default !== undefined && isDefault(walk, field.default, live, field.node)) return true
  const filled = field.rule?.fill?.(fieldContext(walk, desired))
  if (filled !== undefined && sameValue(filled, live, field.node)) return true
  // A struct that is no pointer is always there, with its defaults and with zero values that Go never leaves out.
  return (
    !field.keepsZero && isJsonObject(live) && field.node.type === 'object' && hasOnlyDefaults(walk, live, field.node)
  )
}

/** Whether the live value is the default, completed by the defaults of the fields inside it. */
function isDefault(walk: Walk, fallback: Json, live: Json, node: SchemaNode): boolean {
  if (sameValue(fallback, live, node)) return true
  if (Array.isArray(fallback) && Array.isArray(live) && node.type === 'list') {
    const { item } = node
    return (
      fallback.length === live.length &&
      fallback.every((value: Json, index) => isDefault(walk, value, live[index] ?? null, item.node))
    )
  }
  if (!isJsonObject(fallback) || !isJsonObject(live) || node.type !== 'object') return false
  if (!Object.keys(fallback).every((key) => Object.hasOwn(live, key))) return false
  return hasOnlyDefaults(walk, live, node, fallback)
}

/** @param fallback default of the whole object; it wins over the defaults of its fields */
function hasOnlyDefaults(walk: Walk, live: JsonObject, node: ObjectNode, fallback?: JsonObject): boolean {
  walk.chain.push(live)
  const explained = Object.entries(live).every(([key, value]) => {
    const field = fieldWithin(node, key, fallback)
    if (field === undefined) return false
    walk.path.push(key)
    const isDefault = isExplained(walk, value, field, undefined)
    walk.path.pop()
    return isDefault
  })
  walk.chain.pop()
  return explained
}

/** The schema of a field, with the default that the default of the whole value gives it. */
function fieldWithin(node: SchemaNode, key: string, fallback: Json | undefined): SchemaField | undefined {
  const field = fieldOf(node, key)
  const inner = isJsonObject(fallback) ? own(fallback, key) : undefined
  return field === undefined || inner === undefined ? field : { ...field, default: inner }
}

/**
 * Judges a live value that Git does not declare: explained by a default, kept by a controller, `removed` or `added`.
 * @param desired what Git declares for the object around it, if it declares that
 */
export function walkUndeclared(walk: Walk, live: Json, field: SchemaField, desired: JsonObject | undefined): number {
  if (isExplained(walk, live, field, desired)) return NOTHING
  const { rule } = field
  if (rule?.foreign?.(fieldContext(walk, desired)) || isControlled(walk, field, desired)) return FOREIGN
  const start = walk.rawDifferences.length
  const parts = walkParts(walk, live, field)
  if (parts === undefined) {
    // A default that depends on other fields may have been set when those had other values.
    const isFilled = rule?.fill?.(fieldContext(walk, desired)) !== undefined
    const allocated = isFilled || (rule?.allocated?.(live, fieldContext(walk, desired)) ?? false)
    return judge(walk, live, { allocated, retained: isRetained(walk, rule), known: isKnown(field) })
  }
  if (parts !== NOTHING) {
    if (rule?.allocated?.(live, fieldContext(walk, desired))) keepOwned(walk, start)
    if (isRetained(walk, rule)) keepAdded(walk, start)
    collapse(walk, start, parts, live)
    return walk.rawDifferences.length > start ? FOUND | parts : parts & ~FOUND
  }
  // Everything inside is a default. If the field is a pointer, its presence alone can still be a difference (`emptyDir:
  // {}`).
  return field.keepsZero ? judgePresence(walk, live, field) : NOTHING
}

/** Whether a controller keeps the value, and no person alone has written what is there now. */
export function isControlled(walk: Walk, { rule }: SchemaField, desired: JsonObject | undefined): boolean {
  if (rule?.controlled?.(fieldContext(walk, desired)) !== true) return false
  const owners = ownershipOf(walk).owners(walk.path)
  return !owners.some(({ party }) => party === 'person') || owners.some(({ party }) => party === 'controller')
}

/** Walks the parts of a value that are owned one by one; undefined for what is owned as a whole. */
function walkParts(walk: Walk, live: Json, { node, default: fallback }: SchemaField): number | undefined {
  if (isJsonObject(live) && node.type !== 'scalar' && node.type !== 'list') {
    if (walk.atomicAt !== -1 || (node.type === 'object' && node.atomic)) return undefined
    let seen = NOTHING
    walk.chain.push(live)
    for (const key in live) {
      const value = live[key]
      if (value === undefined) continue
      walk.path.push(key)
      seen |= walkUndeclared(walk, value, fieldWithin(node, key, fallback) ?? ANY_FIELD, undefined)
      walk.path.pop()
    }
    walk.chain.pop()
    return seen
  }
  if (Array.isArray(live) && node.type === 'list' && node.list !== 'atomic' && walk.atomicAt === -1) {
    let seen = NOTHING
    walk.chain.push(live)
    for (const [index, item] of live.entries()) seen |= walkUndeclaredItem(walk, item, index, node)
    walk.chain.pop()
    return seen
  }
  return undefined
}

/** An item of a set or a keyed list that Git does not declare. */
export function walkUndeclaredItem(
  walk: Walk,
  item: Json,
  index: number,
  list: Pick<ListNode, 'list' | 'keys' | 'item'>,
): number {
  walk.path.push({ desired: index, live: index, list, item })
  const seen = walkUndeclared(walk, item, list.item, undefined)
  walk.path.pop()
  return seen
}

function isKnown({ node }: SchemaField): boolean {
  return node.type !== 'any' || node.known
}

/** A field that is restored from its alias stays until both are dropped. */
function isRetained(walk: Walk, rule: FieldRule | undefined): boolean {
  const retained = rule?.retained ?? false
  if (typeof retained === 'boolean') return retained
  return !(isApplied(walk, walk.path) && isApplied(walk, [...walk.path.slice(0, -1), retained]))
}

function isApplied(walk: Walk, path: readonly PathStep[]): boolean {
  const ownership = ownershipOf(walk)
  if (ownership.lastApplied(path)?.value !== undefined) return true
  return ownership.touching(path).some((entry) => entry.operation === 'Apply' && entry.party === 'gitops')
}

interface Allowance {
  /** The server sets such values: one that nobody owns is the server's. */
  readonly allocated: boolean
  readonly retained: boolean
  /** There is a schema, so a default of it would have explained the value. */
  readonly known: boolean
}

function judge(walk: Walk, live: Json, { allocated, retained, known }: Allowance): number {
  const { path } = walk
  const ownership = ownershipOf(walk)
  // Without a schema, fields inside an atomic value cannot be told from defaults.
  if (!known && walk.atomicAt !== -1) return NOTHING
  if (ownership.missing) return judgeUnowned(walk, live, { allocated, known })
  if (retained && !ownership.hasManualManagers) return FOREIGN
  const owners = ownership.owners(path, walk.atomicAt === -1 ? undefined : walk.atomicAt)
  if (owners.some((entry) => entry.ignored) || isStringData(walk)) return FOREIGN
  const person = owners.find((entry) => entry.party === 'person')
  if (retained && person === undefined) return FOREIGN
  const writer = lastHand(owners)
  const applier = owners.find((entry) => entry.operation === 'Apply' && entry.party === 'gitops')
  if (applier !== undefined) return known ? addUndeclared(walk, 'removed', live, applier) : FOREIGN
  const recorded = ownership.lastApplied(path)
  const why = writer === undefined && owners.length > 0 ? 'forgotten' : undefined
  if (recorded?.value !== undefined) return known ? addUndeclared(walk, 'removed', live, writer, why) : FOREIGN
  if (owners.some((entry) => entry.party === 'gitops')) {
    // An update also owns defaults and values set by the server. With a last-applied annotation the field was not
    // declared; without one (Helm, or an object too large for it) it was, unless it may be a default of an unknown
    // schema.
    return recorded !== undefined || allocated || !known ? NOTHING : addUndeclared(walk, 'removed', live, writer)
  }
  if (person !== undefined) return addUndeclared(walk, 'added', live, person)
  if (owners.some((entry) => entry.party === 'controller')) return FOREIGN
  if (owners.length > 0) return allocated || !known ? NOTHING : unattributed(walk, live, 'forgotten')
  return judgeUnowned(walk, live, { allocated, known })
}

/**
 * What nobody owns: where all writes are recorded, none made it, and so most likely admission did. Nothing follows where the record is
 * lost, or where a write in another version of the kind may name the field otherwise.
 */
function judgeUnowned(walk: Walk, live: Json, { allocated, known }: Pick<Allowance, 'allocated' | 'known'>): number {
  if (allocated) return NOTHING
  const { missing, inOtherVersions } = ownershipOf(walk)
  const isOpen = hasLostOwnership(walk) || (inOtherVersions && walk.path[0] !== 'metadata')
  if (missing || isOpen) walk.unjudged = true
  if (!known || isOpen) return NOTHING
  return unattributed(walk, live, missing ? 'untracked' : 'nobody')
}

/** Judges an empty value: an owner of anything inside it is the reason that it exists. */
function judgePresence(walk: Walk, live: Json, field: SchemaField): number {
  const { path } = walk
  const ownership = ownershipOf(walk)
  const applier = ownership
    .touching(path)
    .find((entry) => entry.operation === 'Apply' && entry.party === 'gitops' && !entry.ignored)
  if (applier !== undefined && isKnown(field)) return addUndeclared(walk, 'removed', live, applier)
  return judge(walk, live, { allocated: true, retained: false, known: isKnown(field) })
}

/** Applied `stringData` is stored as `data`, which the apply does not own: dropping it changes nothing. */
function isStringData(walk: Walk): boolean {
  const { path, root } = walk
  if (root.kind !== 'Secret' || path[0] !== 'data') return false
  return ownershipOf(walk).owners(['stringData', ...path.slice(1)]).length > 0
}

/** Somebody else's before the GitOps manager's: that wrote first. */
function lastHand(owners: readonly Owner[]): Owner | undefined {
  const known = owners.filter(({ party }) => party !== 'forgotten')
  return known.find(({ party }) => party !== 'gitops') ?? known[0]
}

function unattributed(walk: Walk, live: Json, why: Unattributed): number {
  return addUndeclared(walk, 'added', live, undefined, why)
}

function addUndeclared(
  walk: Walk,
  kind: DifferenceClass,
  live: Json,
  writer: Owner | undefined,
  why?: Unattributed,
): number {
  walk.rawDifferences.push({
    class: kind,
    path: [...walk.path],
    desired: undefined,
    live,
    actor: writer === undefined ? undefined : actorOf(writer),
    unattributed: why,
    // `removed` was applied before, so Git dropped it; `added` never was, so it was made in the cluster.
    cause: kind === 'removed' ? 'git' : 'live',
  })
  return FOUND
}

/** Inside a value set by the server, fields that nobody owns belong to it: keeps only differences with an owner. */
function keepOwned({ rawDifferences }: Walk, start: number): void {
  rawDifferences.push(
    ...rawDifferences.splice(start).filter(({ class: kind, actor }) => kind !== 'added' || actor !== undefined),
  )
}

/** The server keeps such a value when it is dropped, so only what a person wrote in it is a difference. */
function keepAdded({ rawDifferences }: Walk, start: number): void {
  rawDifferences.push(
    ...rawDifferences.splice(start).filter(({ class: kind, actor }) => kind === 'added' && actor !== undefined),
  )
}

/**
 * Merges differences when all parts of a value have the same class and actor: one for the container, not twenty for its
 * fields.
 */
function collapse(walk: Walk, start: number, parts: number, live: Json): void {
  const { rawDifferences } = walk
  const first = rawDifferences[start]
  if (first === undefined || parts & FOREIGN) return
  for (let index = start; index < rawDifferences.length; index++) {
    const rawDifference = rawDifferences[index]
    // Policy handles operational metadata separately.
    if (rawDifference === undefined || isOperationalMetadata(rawDifference.path, walk.root, walk.marks)) return
    if (rawDifference.class !== first.class || rawDifference.unattributed !== first.unattributed) return
    if (!sameActor(rawDifference.actor, first.actor)) return
  }
  const whole: RawDifference = { ...first, path: [...walk.path], live }
  rawDifferences.splice(start, rawDifferences.length - start, whole)
}
