import { hash } from 'node:crypto'
import { JsonScanner, UnclearJsonError } from '../../../kubernetes/serialization/json-scanner.ts'
import { addressLine, isAddress, isService } from '../../../kubernetes/service-addresses.ts'
import type { ObjectFingerprint } from '../../../model/clusters/cluster.ts'
import type { KubernetesObject } from '../../../model/object.ts'

/** A value in bytes: where it begins, and the place behind it. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface FingerprintInput {
  readonly bytes: Buffer
  readonly all: Span
  readonly metadata: Span
  readonly status: Span | undefined
  /** Where it begins. */
  readonly spec: number | undefined
  /** Its version and kind, which in a list the list says. */
  readonly type: Pick<KubernetesObject, 'apiVersion' | 'kind'>
}

/** Text without anything that JSON would have to escape. */
const PLAIN = /^[ !#-[\]-~]*$/

let scratch = Buffer.allocUnsafeSlow(16 * 1024)

/**
 * The fingerprint of an object, from its bytes. What it leaves out leaves a gap that tells where it was, so that two objects have one digest
 * only if they are equal but for that. As in parsing the last of equal keys counts.
 * @throws UnclearJsonError where anything is not as servers write it
 */
export function fingerprintOf({ bytes, all, metadata, status, spec, type }: FingerprintInput): ObjectFingerprint {
  const gaps = new Gaps(bytes)
  passMetadata(new JsonScanner(bytes, metadata.from), gaps)
  if (spec !== undefined && isService(type)) passServiceSpec(new JsonScanner(bytes, spec), gaps)
  if (status !== undefined) gaps.leave(status.from, status.to)
  const { uid, created, times, addresses } = gaps
  const own: string[] = []
  if (uid !== undefined) own.push(uid)
  if (created !== undefined) own.push(created)
  own.push(...times)
  for (const address of addresses) own.push(addressLine(address))
  const end = `\0${type.apiVersion}\0${type.kind}\0${ranksOf(times)}`
  return { digest: digestOf(bytes, all, gaps.inOrder(), end), own: own.join('\n') }
}

/**
 * A digest of the metadata, from its bytes, but for version, generation and what writers of the status own: the same where the same hands
 * own the same fields since the same second, and nothing else of the metadata changed.
 * @throws UnclearJsonError where anything is not as servers write it
 */
export function metadataDigest(bytes: Buffer, metadata: Span): string {
  const gaps = new Gaps(bytes)
  passMetadata(new JsonScanner(bytes, metadata.from), gaps)
  return digestOf(bytes, metadata, gaps.inOrder(), `\0${[gaps.uid, gaps.created, ...gaps.times].join('\n')}`)
}

/** The place of each time among those of the object. */
function ranksOf(times: readonly string[]): string {
  if (times.length < 2) return times.length === 0 ? '' : '0'
  const ranks = [...new Set(times)].sort()
  return times.map((time) => ranks.indexOf(time)).join()
}

/** What of the bytes is not printed, and what of that is the object's own. */
class Gaps {
  readonly bytes: Buffer
  /** Where each begins, and the place behind it. */
  readonly places: number[] = []
  uid: string | undefined
  created: string | undefined
  readonly times: string[] = []
  addresses: readonly string[] = []

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  leave(from: number, to: number): void {
    this.places.push(from, to)
  }

  /** One after another, as which servers write them but for custom resources. */
  inOrder(): readonly number[] {
    const { places } = this
    let isInOrder = true
    for (let index = 1; index < places.length; index += 1)
      isInOrder &&= (places[index] ?? 0) >= (places[index - 1] ?? 0)
    if (isInOrder) return places
    const starts = places.flatMap((from, index) =>
      index % 2 === 0 ? [[from, places[index + 1] ?? from] as const] : [],
    )
    return starts.sort(([one], [other]) => one - other).flat()
  }

  /** Leaves out the text at this place, without its quotes. */
  text(json: JsonScanner): string {
    const from = json.at + 1
    if (!json.isText()) throw new UnclearJsonError('not as servers write it')
    json.pass()
    const to = json.at - 1
    this.leave(from, to)
    const text = this.bytes.toString('latin1', from, to)
    if (!PLAIN.test(text)) throw new UnclearJsonError('not as servers write it')
    return text
  }

  /** Passes over the value at this place, and leaves it out where it is an address: then that. */
  address(json: JsonScanner): readonly string[] {
    const from = json.at + 1
    const isText = json.isText()
    json.pass()
    const to = json.at - 1
    const text = isText ? this.bytes.toString('latin1', from, to) : undefined
    if (text === undefined || !isAddress(text)) return []
    this.leave(from, to)
    return [text]
  }
}

function digestOf(bytes: Buffer, { from, to }: Span, gaps: readonly number[], end: string): string {
  const size = to - from + Buffer.byteLength(end)
  if (size > scratch.length) scratch = Buffer.allocUnsafeSlow(2 * size)
  let at = 0
  let next = from
  for (let gap = 0; gap < gaps.length; gap += 2) {
    at += bytes.copy(scratch, at, next, gaps[gap])
    next = gaps[gap + 1] ?? next
  }
  at += bytes.copy(scratch, at, next, to)
  at += scratch.write(end, at)
  return hash('sha256', scratch.subarray(0, at), 'base64')
}

function passMetadata(json: JsonScanner, gaps: Gaps): void {
  for (let at = json.firstMember(); at !== undefined; at = json.nextMember(at)) {
    if (json.isKey('uid')) gaps.uid = gaps.text(json)
    else if (json.isKey('creationTimestamp')) gaps.created = gaps.text(json)
    else if (json.isKey('resourceVersion')) gaps.text(json)
    else if (json.isKey('generation')) {
      json.pass()
      gaps.leave(at, json.at)
    } else if (json.isKey('managedFields')) passManagedFields(json, gaps)
  }
}

/** Of an entry that owns only status there remains a brace without an end. */
function passManagedFields(json: JsonScanner, gaps: Gaps): void {
  const { times, places } = gaps
  times.length = 0
  for (const from of json.items()) {
    const before = places.length
    let time: string | undefined
    let subresource: string | undefined
    for (let at = json.firstMember(); at !== undefined; at = json.nextMember(at)) {
      if (json.isKey('time')) time = gaps.text(json)
      else if (json.isKey('subresource')) subresource = json.string()
    }
    if (subresource === 'status') {
      places.length = before
      gaps.leave(from + 1, json.at)
    } else if (time !== undefined) times.push(time)
  }
}

function passServiceSpec(json: JsonScanner, gaps: Gaps): void {
  if (!json.isObject()) return
  let one: readonly string[] = []
  let all: readonly string[] = []
  for (let at = json.firstMember(); at !== undefined; at = json.nextMember(at)) {
    if (json.isKey('clusterIP')) one = gaps.address(json)
    else if (json.isKey('clusterIPs') && json.isArray()) {
      all = []
      for (const _place of json.items()) all = [...all, ...gaps.address(json)]
    }
  }
  gaps.addresses = [...one, ...all]
}

/** The value at this place, to behind it. */
export function valueSpan(json: JsonScanner): Span {
  const from = json.at
  json.pass()
  return { from, to: json.at }
}
