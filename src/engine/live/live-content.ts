import { hash } from 'node:crypto'
import { ByteLru } from '../../concurrency/byte-lru.ts'
import type { ObjectFingerprint } from '../../model/clusters/cluster.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { type PackedObject, packText, readPrinted, unpackObject } from '../desired/packed-object.ts'

/**
 * What a live object says, but for its UID, its times and what a cluster gives a Service, which differ from cluster to cluster; of the times it has the order. Equal
 * contents are mostly one value, whose identity tells that nothing has to be compared anew. Kept packed, but for the newest: those are text.
 */
export class LiveContent {
  /** The same as long as the content is, whoever is recorded to own it. */
  readonly mark: string
  #text: string | undefined
  #packed: PackedObject | undefined
  #holders = 0

  private constructor(mark: string, text: string | undefined, packed: PackedObject | undefined) {
    this.mark = mark
    this.#text = text
    this.#packed = packed
  }

  static ofText(text: string, mark: string): LiveContent {
    return new LiveContent(mark, text, undefined)
  }

  static ofPacked(packed: PackedObject, mark: string): LiveContent {
    return new LiveContent(mark, undefined, packed)
  }

  /** Packed from now on. */
  get packed(): PackedObject {
    this.#packed ??= packText(this.#text ?? '')
    this.#text = undefined
    return this.#packed
  }

  get isPacked(): boolean {
    return this.#packed !== undefined
  }

  /** The object as it was printed. */
  read(): KubernetesObject {
    return this.#packed === undefined ? readPrinted(this.#text ?? '') : unpackObject(this.#packed)
  }

  /** Equal contents may be two where one of them was seen long ago. */
  equals(other: LiveContent): boolean {
    if (this === other) return true
    return this.mark === other.mark && this.packed === other.packed
  }

  /** How many entries of informers have it. */
  get holders(): number {
    return this.#holders
  }

  hold(): void {
    this.#holders += 1
  }

  release(): void {
    this.#holders -= 1
  }
}

/** Some 15,000 contents of usual size: those of a fleet whose clusters are alike. */
const SHARED_BYTES = 8 * 1024 * 1024
const CONTENT_OVERHEAD_BYTES = 250
/**
 * Of the newest, as text: some 6,000 of usual size. What has just changed often changes again, what many clusters have alike is read again and again, and a
 * fleet of alike clusters has no more than that: packing it was 6 % of the engine's CPU in a first pass.
 */
const UNPACKED_BYTES = 8 * 1024 * 1024
/** What is larger than that is packed at once. */
const LARGEST_UNPACKED_BYTES = 512 * 1024
/** Of a digest: 96 bits. */
const MARK_CHARACTERS = 16

/** Some 15,000 fingerprints, of the same fleet. */
const FINGERPRINT_BYTES = 4 * 1024 * 1024
const FINGERPRINT_OVERHEAD_BYTES = 250

/** Packed ones, by the digest of their texts. */
const shared = new ByteLru<string, LiveContent>(SHARED_BYTES)
/** Those that are not packed yet, the oldest first. */
const unpacked = new Map<string, { readonly content: LiveContent; readonly bytes: number }>()
let unpackedBytes = 0
/** The digests of texts, by those of the objects as they were sent. */
const fingerprints = new ByteLru<string, string>(FINGERPRINT_BYTES)

/**
 * Equal texts have one content as long as it is among the last ones.
 * @param ownerless the object without `managedFields`, its metadata, which has a name, last
 * @param owners its `managedFields`
 * @param fingerprint the digest of the object's fingerprint, by which this is recalled
 */
export function contentOf(ownerless: string, owners: string | undefined, fingerprint: string | undefined): LiveContent {
  const text = owners === undefined ? ownerless : `${ownerless.slice(0, -2)},"managedFields":${owners}}}`
  const digest = hash('sha256', text, 'base64')
  if (fingerprint !== undefined) fingerprints.set(fingerprint, digest, FINGERPRINT_OVERHEAD_BYTES)
  const known = knownContent(digest)
  if (known !== undefined) return known
  const content = LiveContent.ofText(text, markOfText(ownerless))
  if (text.length <= LARGEST_UNPACKED_BYTES) keepUnpacked(digest, content, text.length)
  else share(digest, content)
  return content
}

/** @param ownerless as of `contentOf` */
export function markOfText(ownerless: string): string {
  return hash('sha256', ownerless, 'base64url').slice(0, MARK_CHARACTERS)
}

/** That of an object with this fingerprint, if it is among the last ones. */
export function recallContent({ digest }: ObjectFingerprint): LiveContent | undefined {
  const text = fingerprints.get(digest)
  return text === undefined ? undefined : knownContent(text)
}

function knownContent(digest: string): LiveContent | undefined {
  return unpacked.get(digest)?.content ?? shared.get(digest)
}

function share(digest: string, content: LiveContent): void {
  shared.set(digest, content, content.packed.length + CONTENT_OVERHEAD_BYTES)
}

/** Makes room by packing the oldest ones, if anybody has them still. */
function keepUnpacked(digest: string, content: LiveContent, bytes: number): void {
  for (const [oldest, waiting] of unpacked) {
    if (unpackedBytes + bytes <= UNPACKED_BYTES) break
    unpacked.delete(oldest)
    unpackedBytes -= waiting.bytes
    if (waiting.content.holders > 0) share(oldest, waiting.content)
  }
  unpacked.set(digest, { content, bytes })
  unpackedBytes += bytes
}
