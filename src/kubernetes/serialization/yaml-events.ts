import {
  type AliasEvent,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from 'js-yaml'
import type { Json } from '../../model/json.ts'
import { keyText, resolvePlain, ScalarError } from './yaml-scalar.ts'

export interface ValueOfEvents {
  readonly value: Json
  /** Of the first value, 1-based. */
  readonly line: number
  /** Mappings, sequences and scalars, those behind aliases counted each time. */
  readonly nodes: number
  readonly aliases: number
  /** At most so many values stay in memory: what aliases stand for is there once. */
  readonly events: number
}

/** What is nested deeper is not read so. */
const MAX_DEPTH = 100
const NONE = -1
/**
 * On what even libraries differ, wherever it may be: a tab that may indent, what may be a block that says how far it is indented, ends of documents and
 * directives.
 */
const READ_IN_WAYS = /^[ ?:-]*\t|[|>][-+]?[1-9]|^\.\.\.|^%/m
const MERGE = '<<'
const PROTO = '__proto__'

/**
 * Reads a document by what js-yaml finds in it, in a fifteenth of the time that `yaml` takes for its tree. It knows what most documents are made
 * of: of tags, merges, keys that are there twice or are no scalars, and of what is wrong, `yaml` tells with all that there is to say.
 * @returns undefined where `yaml` has to read it
 */
export function readByEvents(text: string): ValueOfEvents | undefined {
  if (READ_IN_WAYS.test(text)) return undefined
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH })
    const [document, root] = events
    if (document?.type !== EVENT_ID.DOCUMENT || document.explicitStart || document.explicitEnd) return undefined
    if (root?.type !== EVENT_ID.MAPPING && root?.type !== EVENT_ID.SEQUENCE) return undefined
    const reader: Reader = { text, events, at: 1, isInFlow: false, anchors: new Map(), nodes: 0, aliases: 0 }
    const value = readNode(reader)
    // All but the end of the document: one that goes on behind it is not for this reader.
    if (value === undefined || reader.at !== events.length - 1) return undefined
    return {
      value,
      line: lineAt(text, root.start),
      nodes: reader.nodes,
      aliases: reader.aliases,
      events: events.length,
    }
  } catch (error) {
    if (error instanceof YAMLException || error instanceof ScalarError) return undefined
    throw error
  }
}

interface Reader {
  readonly text: string
  readonly events: readonly Event[]
  /** Of the next event. */
  at: number
  isInFlow: boolean
  /** Values that are whole, and how many nodes an alias of each counts as. */
  readonly anchors: Map<string, { readonly value: Json; readonly nodes: number }>
  nodes: number
  aliases: number
}

function readNode(reader: Reader): Json | undefined {
  const event = reader.events[reader.at]
  if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return undefined
  reader.at += 1
  const name = anchorOf(reader, event)
  if (event.type === EVENT_ID.ALIAS) return name === undefined ? undefined : readAlias(reader, name, event.anchorEnd)
  if (event.tagStart !== NONE || (name === undefined && event.anchorStart !== NONE)) return undefined
  const before = reader.nodes
  reader.nodes += 1
  // While it is open there is no value, not even that of an anchor of the same name before.
  if (name !== undefined) reader.anchors.delete(name)
  const value = event.type === EVENT_ID.SCALAR ? readScalar(reader, event) : readCollection(reader, event)
  if (name !== undefined && value !== undefined) reader.anchors.set(name, { value, nodes: reader.nodes - before })
  return value
}

/** The name of an anchor or alias that a space or a line end follows: js-yaml does not ask for it. */
function anchorOf(
  { text }: Reader,
  { anchorStart, anchorEnd }: Pick<AliasEvent, 'anchorStart' | 'anchorEnd'>,
): string | undefined {
  const next = text[anchorEnd]
  return anchorStart !== NONE && (next === ' ' || next === '\n') ? text.slice(anchorStart, anchorEnd) : undefined
}

function readAlias(reader: Reader, name: string, end: number): Json | undefined {
  const anchored = reader.anchors.get(name)
  if (anchored === undefined || !mayEndAt(reader, end)) return undefined
  reader.nodes += anchored.nodes
  reader.aliases += 1
  return anchored.value
}

/** At most a comment follows on the line. js-yaml lets it go on behind quotes and brackets. */
const LINE_END = /[ \t]*(?:\n|$)|[ \t]+#/y

/** Whether a value ends there: within brackets, or where its line does. */
function mayEndAt({ text, isInFlow }: Reader, end: number): boolean {
  LINE_END.lastIndex = end
  return isInFlow || LINE_END.test(text)
}

function readScalar(reader: Reader, event: ScalarEvent): Json | undefined {
  const { text } = reader
  const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED
  if (isReadInWays(text, event) || (isQuoted && !mayEndAt(reader, event.valueEnd + 1))) return undefined
  const value = getScalarValue(text, event)
  return event.style === SCALAR_STYLE.PLAIN ? resolvePlain(value) : value
}

function readCollection(reader: Reader, event: MappingEvent | SequenceEvent): Json | undefined {
  const isOuterFlow = event.style === COLLECTION_STYLE.FLOW && !reader.isInFlow
  if (isOuterFlow) reader.isInFlow = true
  const value = event.type === EVENT_ID.MAPPING ? readMapping(reader) : readSequence(reader)
  reader.at += 1
  if (!isOuterFlow) return value
  reader.isInFlow = false
  return endsItsLine(reader) ? value : undefined
}

/** Whether the line ends behind the bracket that closes what was read last. */
function endsItsLine(reader: Reader): boolean {
  const { text, events, at } = reader
  let last = at - 1
  while (last > 0 && startOf(events[last]) === NONE) last -= 1
  let next = at
  while (next < events.length && startOf(events[next]) === NONE) next += 1
  const from = startOf(events[last])
  const between = text.slice(from, next < events.length ? startOf(events[next]) : text.length)
  return between.slice(Math.max(between.lastIndexOf(']'), between.lastIndexOf('}'))).includes('\n')
}

/** Where what the event is of begins, -1 for what has no text. */
function startOf(event: Event | undefined): number {
  if (event === undefined) return NONE
  if (event.type === EVENT_ID.SCALAR) return event.valueStart
  return event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE ? event.start : NONE
}

function isEnd({ events, at }: Reader): boolean {
  return events[at]?.type === EVENT_ID.POP
}

function readSequence(reader: Reader): readonly Json[] | undefined {
  const items: Json[] = []
  while (!isEnd(reader)) {
    const item = readNode(reader)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

function readMapping(reader: Reader): Json | undefined {
  const fields: Record<string, Json> = {}
  while (!isEnd(reader)) {
    const event = reader.events[reader.at]
    if (event?.type !== EVENT_ID.SCALAR || event.tagStart !== NONE || event.anchorStart !== NONE) return undefined
    const text = getScalarValue(reader.text, event)
    if (event.style === SCALAR_STYLE.PLAIN && text === MERGE) return undefined
    const key = event.style === SCALAR_STYLE.PLAIN ? keyText(resolvePlain(text)) : text
    // By assignment it would be no key like any other.
    if (key === PROTO || Object.hasOwn(fields, key)) return undefined
    reader.at += 1
    reader.nodes += 1
    const value = readNode(reader)
    if (value === undefined) return undefined
    fields[key] = value
  }
  return fields
}

/** An escaped line end before an empty line. */
const ESCAPED_END = /\\\n[ \t]*\n/

/** The same of scalars: such a line end, and blocks of nothing but spaces. */
function isReadInWays(text: string, { style, fast, valueStart, valueEnd }: ScalarEvent): boolean {
  if (fast || style === SCALAR_STYLE.PLAIN || style === SCALAR_STYLE.SINGLE_QUOTED) return false
  const written = text.slice(valueStart, valueEnd)
  return style === SCALAR_STYLE.DOUBLE_QUOTED ? ESCAPED_END.test(written) : written.trim() === ''
}

function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}
