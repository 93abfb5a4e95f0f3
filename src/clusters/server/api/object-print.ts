import { hash } from 'node:crypto'
import { JsonScanner, UnclearJsonError } from '../../../kubernetes/serialization/json-scanner.ts'
import type { ObjectPrint } from '../../../model/clusters/cluster.ts'

/** A value in bytes: where it begins, and the place behind it. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface PrintedObject {
  readonly bytes: Buffer
  readonly all: Span
  readonly metadata: Span
  readonly status: Span | undefined
  /** Its version and kind, which in a list the list says. */
  readonly type: string
}

/** Text without anything that JSON would have to escape. */
const PLAIN = /^[ !#-[\]-~]*$/

let scratch = Buffer.allocUnsafeSlow(16 * 1024)

/**
 * The print of an object, from its bytes. What it leaves out leaves a gap that tells where it was, so that two objects have one digest
 * only if they are equal but for that. As in parsing the last of equal keys counts; the others stay in the digest.
 * @throws UnclearJsonError where anything is not as servers write it
 */
export function printOf({ bytes, all, metadata, status, type }: PrintedObject): ObjectPrint {
  const gaps: Span[] = status === undefined ? [] : [status]
  const { uid, created, times } = passMetadata(new JsonScanner(bytes, metadata.from), gaps)
  const textOf = ({ from, to }: Span): string => {
    const text = bytes.toString('latin1', from, to)
    if (!PLAIN.test(text)) throw new UnclearJsonError('not as servers write it')
    return text
  }
  const timeTexts = times.map(textOf)
  const own = [...[uid, created].flatMap((span) => (span === undefined ? [] : [textOf(span)])), ...timeTexts]
  const ranks = [...new Set(timeTexts)].sort()
  const end = `\0${type}\0${timeTexts.map((time) => ranks.indexOf(time)).join()}`
  return { digest: digestOf(bytes, all, gaps, end), own: own.join('\n') }
}

function digestOf(bytes: Buffer, { from, to }: Span, gaps: Span[], end: string): string {
  const size = to - from + Buffer.byteLength(end)
  if (size > scratch.length) scratch = Buffer.allocUnsafeSlow(2 * size)
  let at = 0
  let next = from
  for (const gap of gaps.sort((one, other) => one.from - other.from)) {
    at += bytes.copy(scratch, at, next, gap.from)
    next = gap.to
  }
  at += bytes.copy(scratch, at, next, to)
  at += scratch.write(end, at)
  return hash('sha256', scratch.subarray(0, at), 'base64')
}

interface OwnSpans {
  uid: Span | undefined
  created: Span | undefined
  times: readonly Span[]
}

/** What is the object's own, and gaps for that, its version and its generation. */
function passMetadata(json: JsonScanner, gaps: Span[]): OwnSpans {
  const own: OwnSpans = { uid: undefined, created: undefined, times: [] }
  let version: Span | undefined
  let generation: Span | undefined
  json.members(() => {
    if (json.isKey('uid')) own.uid = textSpan(json)
    else if (json.isKey('creationTimestamp')) own.created = textSpan(json)
    else if (json.isKey('resourceVersion')) version = textSpan(json)
    else if (json.isKey('generation')) generation = valueSpan(json)
    else if (json.isKey('managedFields')) own.times = passManagedFields(json, gaps)
  })
  for (const gap of [own.uid, own.created, version, generation]) if (gap !== undefined) gaps.push(gap)
  return own
}

/** The times of the entries; of one that owns only status there remains a brace without an end. */
function passManagedFields(json: JsonScanner, gaps: Span[]): readonly Span[] {
  const times: Span[] = []
  for (const from of json.items()) {
    let time: Span | undefined
    let subresource: string | undefined
    json.members(() => {
      if (json.isKey('time')) time = textSpan(json)
      else if (json.isKey('subresource')) subresource = json.string()
    })
    if (subresource === 'status') gaps.push({ from: from + 1, to: json.at })
    else if (time !== undefined) {
      times.push(time)
      gaps.push(time)
    }
  }
  return times
}

/** The value at this place, to behind it. */
export function valueSpan(json: JsonScanner): Span {
  const from = json.at
  json.pass()
  return { from, to: json.at }
}

/** The same of a text, without its quotes. */
function textSpan(json: JsonScanner): Span {
  if (!json.isText()) throw new UnclearJsonError('not as servers write it')
  const { from, to } = valueSpan(json)
  return { from: from + 1, to: to - 1 }
}
