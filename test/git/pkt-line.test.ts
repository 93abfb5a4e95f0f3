import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packetLine, packetText, readPackets } from '../../src/git/transport/pkt-line.ts'
import fc from '../fast-check.ts'

async function* pieces(bytes: Uint8Array, sizes: readonly number[]) {
  let at = 0
  for (const size of sizes) {
    yield bytes.subarray(at, at + size)
    at += size
  }
  yield bytes.subarray(at)
}

async function texts(bytes: Uint8Array, sizes: readonly number[] = []): Promise<readonly string[]> {
  const found: string[] = []
  for await (const packet of readPackets(pieces(bytes, sizes)))
    found.push(packet.type === 'data' ? packetText(Buffer.from(packet.bytes)) : packet.type)
  return found
}

test('packets are the same, however the network cuts them', async () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.endsWith('\n'))
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(50)), async (lines, sizes) => {
      const bytes = Buffer.from(`${lines.map(packetLine).join('')}00010000`)
      assert.deepEqual(await texts(bytes, sizes), [...lines, 'delimiter', 'flush'])
    }),
  )
})

test('what is not in the frame of the protocol is a coded error', async () => {
  for (const text of ['<html>', '0003', '00zz', '-001', '0009ab', '00'])
    await assert.rejects(texts(Buffer.from(text)), { name: 'GDE_GIT_PROTOCOL' }, text)
})

test('any bytes are packets or a coded error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
      await texts(bytes).catch((error) => assert.equal(error.name, 'GDE_GIT_PROTOCOL'))
    }),
  )
})
