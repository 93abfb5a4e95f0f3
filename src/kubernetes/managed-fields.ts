import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { ListNode } from './schema/node.ts'
import { parseJson, printJson } from './serialization/json.ts'

/** One entry of `metadata.managedFields`: who wrote which fields, and how. */
export interface ManagedEntry {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly subresource: string | undefined
  readonly time: string | undefined
  /** The version in which the fields have their names. */
  readonly apiVersion: string
  /** A FieldsV1 set: `f:name`, `k:{…}`, `v:…`, `i:n` and `.` for the value itself. */
  readonly fields: JsonObject
}

/**
 * The entries of an object, without those for its status. Entries that cannot be read own nothing.
 * @returns undefined when the object has no managedFields at all
 */
export function readManagedFields(object: KubernetesObject): readonly ManagedEntry[] | undefined {
  const { managedFields } = object.metadata
  if (!Array.isArray(managedFields) || managedFields.length === 0) return undefined
  const entries: ManagedEntry[] = []
  for (const value of managedFields) {
    const entry = readEntry(value)
    if (entry !== undefined) entries.push(entry)
  }
  return entries
}

function readEntry(entry: Json): ManagedEntry | undefined {
  if (!isJsonObject(entry) || entry.subresource === 'status' || !isJsonObject(entry.fieldsV1)) return undefined
  return {
    manager: typeof entry.manager === 'string' ? entry.manager : '',
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    subresource: typeof entry.subresource === 'string' && entry.subresource !== '' ? entry.subresource : undefined,
    time: typeof entry.time === 'string' ? entry.time : undefined,
    apiVersion: typeof entry.apiVersion === 'string' ? entry.apiVersion : '',
    fields: entry.fieldsV1,
  }
}

/** One step down into an object: a field, or an item of a list. */
export type PathStep = string | ItemStep

export interface ItemStep {
  /** Place in the desired list; that in the live one where Git declares no such item. */
  readonly desired: number
  readonly live: number
  readonly list: Pick<ListNode, 'list' | 'keys'>
  /** The live item, whose keys or value name it in a FieldsV1 set. */
  readonly item: Json
}

/** The set below a path, or undefined when the entry has nothing there. */
export function fieldsAt(entry: ManagedEntry, path: readonly PathStep[], length = path.length): JsonObject | undefined {
  let fields: JsonObject = entry.fields
  for (let depth = 0; depth < length; depth++) {
    const step = path[depth]
    if (step === undefined) return undefined
    const next = typeof step === 'string' ? own(fields, fieldElement(step)) : itemFields(fields, step)
    if (!isJsonObject(next)) return undefined
    fields = next
  }
  return fields
}

/** Field names repeat from object to object: as a key, one that was made before is found without reading it. */
const elements = new Map<string, string>()
const MAX_ELEMENTS = 5000
const MAX_KEPT_LENGTH = 100

function fieldElement(name: string): string {
  if (name.length > MAX_KEPT_LENGTH) return `f:${name}`
  const known = elements.get(name)
  if (known !== undefined) return known
  if (elements.size >= MAX_ELEMENTS) elements.clear()
  const element = `f:${name}`
  elements.set(name, element)
  return element
}

/** Whether the set holds the value itself, not just something inside it. */
export function ownsItself(fields: JsonObject): boolean {
  if (Object.hasOwn(fields, '.')) return true
  for (const _ in fields) return false
  return true
}

function own(fields: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined
}

function itemFields(fields: JsonObject, step: ItemStep): Json | undefined {
  switch (step.list.list) {
    case 'map':
      return own(fields, keyElement(step)) ?? searchKeys(fields, step)
    case 'set':
      return own(fields, `v:${printJson(step.item)}`)
    case 'atomic':
      return own(fields, `i:${step.live}`)
    default:
      return step.list.list satisfies never
  }
}

/** `k:{"containerPort":80,"protocol":"TCP"}`, keys in alphabetical order. */
function keyElement({ list, item }: ItemStep): string {
  const [only] = list.keys
  if (only !== undefined && list.keys.length === 1)
    return `k:{${JSON.stringify(only.name)}:${printJson(keyOf(item, only.name, list) ?? null)}}`
  const names = list.keys.map((key) => key.name).sort()
  const parts = names.map((name) => `${JSON.stringify(name)}:${printJson(keyOf(item, name, list) ?? null)}`)
  return `k:{${parts.join(',')}}`
}

function keyOf(item: Json, name: string, list: ItemStep['list']): Json | undefined {
  const value = isJsonObject(item) ? own(item, name) : undefined
  return value ?? list.keys.find((key) => key.name === name)?.default
}

/** Go may spell a key otherwise than we do (`\u003c` for `<`): then every element is read. */
function searchKeys(fields: JsonObject, { list, item }: ItemStep): Json | undefined {
  for (const [element, found] of Object.entries(fields)) {
    if (!element.startsWith('k:') || !element.includes('\\')) continue
    const keys = parseElement(element)
    if (isJsonObject(keys) && list.keys.every(({ name }) => own(keys, name) === keyOf(item, name, list))) return found
  }
  return undefined
}

/** The keys (`k:`) or value (`v:`) that an element names; undefined for one that is broken. */
function parseElement(element: string): Json | undefined {
  try {
    return parseJson(element.slice(2))
  } catch {
    // A broken element names nothing.
    return undefined
  }
}

/** How a list that no schema describes is merged, as far as the set shows. */
export function listShape(fields: JsonObject): Pick<ListNode, 'list' | 'keys'> {
  for (const element of Object.keys(fields)) {
    if (element.startsWith('v:')) return { list: 'set', keys: [] }
    const keys = element.startsWith('k:') ? parseElement(element) : undefined
    if (isJsonObject(keys))
      return { list: 'map', keys: Object.keys(keys).map((name) => ({ name, default: undefined })) }
  }
  return { list: 'atomic', keys: [] }
}
