import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_GIT_LIMITS } from '../../../src/git/limits.ts'
import { receivePack } from '../../../src/git/packs/pack-receiver.ts'
import { packetLine, readPackets } from '../../../src/git/transport/pkt-line.ts'
import fc from '../../fast-check.ts'
import { blobId, craftPack, delta, distance, TYPE } from '../../git/hostile-pack.ts'
import { inPieces, nearly } from '../broken-text.ts'
import { allOf, type FuzzTarget, refusedOrLater } from '../target.ts'

const LINES = ['0000', '0001', '0002', '0003', '0004', 'fffg', 'ffff', packetLine('want'), packetLine('ERR no'), 'PACK']

/** A stream is the same in whatever pieces it comes, or is refused. */
export const packets: FuzzTarget = {
  name: 'pkt-lines',
  shortRuns: 500,
  prepare: async () => {
    const stream = nearly(
      fc.array(fc.constantFrom(...LINES), { maxLength: 6 }).map((all) => all.join('')),
      LINES,
    )
    const read = (pieces: readonly Uint8Array[]) =>
      refusedOrLater(/^GDE_GIT_PROTOCOL$/, () => allOf(readPackets(pieces)))
    return fc.asyncProperty(stream, fc.array(fc.nat(), { maxLength: 4 }), async (text, cuts) => {
      const bytes = Buffer.from(text)
      assert.deepEqual(await read(inPieces(bytes, cuts)), await read([bytes]))
    })
  },
}

const BASE = Buffer.from('base of a delta')
const ENTRIES = [
  { type: TYPE.blob, content: BASE },
  { type: TYPE.tree, content: Buffer.concat([Buffer.from('100644 a\0'), blobId(BASE)]) },
  { type: TYPE.commit, content: Buffer.from('tree 0000000000000000000000000000000000000000\n') },
  { type: TYPE.offsetDelta, base: distance(24), content: delta(BASE.length, 3, [3, 1, 2, 3]) },
  { type: TYPE.referenceDelta, base: blobId(BASE), content: delta(BASE.length, 4, [0x90, 4]) },
  { type: TYPE.blob, content: Buffer.alloc(3000), size: 2 },
] as const

/** A pack with bytes changed and a checksum that is right again is refused with a code, or taken. */
export const packs: FuzzTarget = {
  name: 'packs',
  shortRuns: 100,
  async prepare() {
    const change = fc.record({ at: fc.nat(400), by: fc.nat(255) })
    const crafted = fc.tuple(
      fc.array(fc.constantFrom(...ENTRIES), { minLength: 1, maxLength: 5 }),
      fc.array(change, { maxLength: 3 }),
    )
    const limits = { ...DEFAULT_GIT_LIMITS, objectBytes: 100_000, inflatedBytes: 500_000 }
    return fc.asyncProperty(crafted, async ([entries, changes]) => {
      const pack = craftPack(entries)
      const body = Buffer.from(pack.subarray(0, -20))
      for (const { at, by } of changes) body[at % body.length] = by
      const bytes = Buffer.concat([body, createHash('sha1').update(body).digest()])
      const folder = await mkdtemp(join(tmpdir(), 'fuzz-pack-'))
      try {
        const codes = /^GDE_(?:GIT_PROTOCOL|GIT_UNSUPPORTED|TOO_LARGE)$/
        await refusedOrLater(codes, () => receivePack(only(bytes), folder, limits, new AbortController().signal))
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  },
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
