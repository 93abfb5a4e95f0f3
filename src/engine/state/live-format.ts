import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Static } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'
import * as Value from '@sinclair/typebox/value'
import { CodedError } from '../../model/failure.ts'

/** What many objects share, packed. */
export interface SavedContent {
  readonly packed: string
  readonly mark: string
}

export interface SavedObject {
  readonly namespace: string
  readonly name: string
  readonly content: SavedContent
  readonly own: string | undefined
}

/** One kind of a cluster, as far as its watches were. */
export interface SavedKind {
  readonly group: string
  readonly kind: string
  readonly lineage: string
  /** resourceVersion by namespace; '' is the whole cluster. */
  readonly versions: ReadonlyMap<string, string>
  /** How many of the cluster's marks were known when it was listed: objects with others were dropped then. */
  readonly marks: number
  readonly objects: readonly SavedObject[]
}

export interface SavedCluster {
  readonly name: string
  /** The tracking marks of its apps, in the order in which they came to be known. */
  readonly marks: readonly string[]
  readonly kinds: readonly SavedKind[]
}

/** One cluster in the file; arrays of equal length in place of objects, since they compress better and are read faster. */
const Cluster = Type.Object({
  marks: Type.Array(Type.String()),
  kinds: Type.Array(
    Type.Object({
      group: Type.String(),
      kind: Type.String(),
      lineage: Type.String(),
      versions: Type.Array(Type.Tuple([Type.String(), Type.String()])),
      marks: Type.Integer({ minimum: 0 }),
      names: Type.Array(Type.String()),
      own: Type.Array(Type.Union([Type.String(), Type.Null()])),
      contents: Type.Array(Type.Integer({ minimum: 0 })),
    }),
  ),
})

/** The first line of the file; another format has another one. */
const MAGIC = Buffer.from('gitops-drift-exporter live 2\n')
/** 10,000 apps of ten objects in one cluster have 20 MB. */
const MAX_CLUSTER_BYTES = 256 * 1024 * 1024
/** Nine tenths of what more would save, in a third of the time. */
const LEVEL = 1

/**
 * Writes clusters one after another: the contents that none before it has, then the rest as deflated JSON. Each part stands behind its
 * length; the first is the time.
 */
export class LiveEncoder {
  readonly #places = new Map<string, number>()

  /** @param savedAt Unix milliseconds */
  head(savedAt: number): Buffer {
    const time = Buffer.alloc(8)
    time.writeDoubleBE(savedAt)
    return Buffer.concat([MAGIC, time])
  }

  cluster({ name, marks, kinds }: SavedCluster): Buffer {
    const added: Buffer[] = []
    const place = ({ packed, mark }: SavedContent): number => {
      const known = this.#places.get(packed)
      if (known !== undefined) return known
      added.push(part(Buffer.from(mark, 'latin1')), part(Buffer.from(packed, 'latin1')))
      this.#places.set(packed, this.#places.size)
      return this.#places.size - 1
    }
    const saved: Static<typeof Cluster> = {
      marks: [...marks],
      kinds: kinds.map(({ objects, versions, ...kind }) => ({
        ...kind,
        versions: [...versions],
        names: objects.map((object) => `${object.namespace}/${object.name}`),
        own: objects.map(({ own }) => own ?? null),
        contents: objects.map(({ content }) => place(content)),
      })),
    }
    const json = deflateRawSync(JSON.stringify(saved), { level: LEVEL })
    return Buffer.concat([part(Buffer.from(name)), part(Buffer.concat(added)), part(json)])
  }
}

/** Gives clusters out one by one; what nobody asks for is never unpacked. */
export class LiveDecoder {
  /** Unix milliseconds. */
  readonly savedAt: number
  readonly #clusters = new Map<string, Buffer>()
  readonly #contents: SavedContent[] = []

  /** @throws CodedError `GDE_STATE_DAMAGED` for what this version did not write */
  constructor(bytes: Buffer) {
    if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged('is of another version')
    const reader = new PartReader(bytes, MAGIC.length)
    this.savedAt = reader.bytes(8).readDoubleBE()
    while (!reader.isAtEnd) {
      const name = reader.part().toString()
      const contents = new PartReader(reader.part(), 0)
      while (!contents.isAtEnd) {
        const mark = contents.part().toString('latin1')
        this.#contents.push({ mark, packed: contents.part().toString('latin1') })
      }
      this.#clusters.set(name, reader.part())
    }
  }

  /** Once; then it is forgotten. @throws CodedError `GDE_STATE_DAMAGED` */
  take(name: string): SavedCluster | undefined {
    const bytes = this.#clusters.get(name)
    this.#clusters.delete(name)
    if (bytes === undefined) return undefined
    const value = parse(bytes)
    if (!Value.Check(Cluster, value)) throw damaged('holds what no version wrote')
    return { name, marks: value.marks, kinds: value.kinds.map((kind) => this.#kind(kind)) }
  }

  #kind({ names, own, contents, versions, ...kind }: Static<typeof Cluster>['kinds'][number]): SavedKind {
    if (own.length !== names.length || contents.length !== names.length) throw damaged('lacks a part of an object')
    const objects = names.map((text, index) => {
      const slash = text.indexOf('/')
      const content = this.#contents[contents[index] ?? -1]
      if (slash === -1 || content === undefined) throw damaged('lacks a part of an object')
      return { namespace: text.slice(0, slash), name: text.slice(slash + 1), content, own: own[index] ?? undefined }
    })
    return { ...kind, versions: new Map(versions), objects }
  }
}

function part(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

class PartReader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.#at = at
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  bytes(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw damaged('ends too early')
    const found = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return found
  }

  part(): Buffer {
    return this.bytes(this.bytes(4).readUInt32BE())
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(inflateRawSync(bytes, { maxOutputLength: MAX_CLUSTER_BYTES }).toString())
  } catch (error) {
    throw new CodedError('GDE_STATE_DAMAGED', 'the file of live objects cannot be unpacked', {}, { cause: error })
  }
}

function damaged(what: string): CodedError {
  return new CodedError('GDE_STATE_DAMAGED', `the file of live objects ${what}`)
}
