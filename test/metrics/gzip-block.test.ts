import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, gunzipSync, inflateRawSync } from 'node:zlib'
import { coalesceChunks } from '../../src/metrics/exposition/coalesce-chunks.ts'
import { combine, shiftOf } from '../../src/metrics/exposition/crc32-combine.ts'
import { gzipBody, makeGzipBlock, makeGzipBlockSync, plainText } from '../../src/metrics/exposition/gzip-block.ts'
import fc from '../fast-check.ts'

const bytes = fc.uint8Array({ maxLength: 3000 })

test('the checksum of two parts follows from the checksums of the parts', () => {
  fc.assert(
    fc.property(bytes, bytes, (first, second) => {
      const whole = crc32(Buffer.concat([first, second]))
      assert.equal(combine(crc32(first), crc32(second), shiftOf(second.length)), whole)
    }),
  )
})

test('gzip blocks in any number and order make one gzip member that holds them all', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 12 }), (texts) => {
      const body = Buffer.concat(gzipBody(texts.map(makeGzipBlockSync)))
      assert.deepEqual(gunzipSync(body), Buffer.concat(texts))
      // Everything between header and trailer is one deflate stream: clients that read a single member miss nothing.
      assert.deepEqual(inflateRawSync(body.subarray(10, -8)), Buffer.concat(texts))
    }),
  )
})

test('the text of gzip blocks is had back from what they hold', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 20_000, size: 'max' }), { maxLength: 6 }), async (texts) => {
      const blocks = await Promise.all(texts.map(makeGzipBlock))
      assert.deepEqual(Buffer.concat(await Promise.all(blocks.map(plainText))), Buffer.concat(texts))
    }),
    { numRuns: 30 },
  )
})

test('a gzip block holds no more memory than what it sends', async () => {
  const text = Buffer.from('gitops_app_info{app_name="shop"} 1\n'.repeat(20_000))
  for (const { deflated } of [await makeGzipBlock(text), makeGzipBlockSync(text)])
    assert.equal(deflated.buffer.byteLength, deflated.length)
})

test('a gzip block can be used again in another body', async () => {
  const large = await makeGzipBlock(Buffer.from('gitops_app_info{app_name="shop"} 1\n'.repeat(20_000)))
  const small = makeGzipBlockSync(Buffer.from('# EOF\n'))
  for (const gzipBlocks of [[large], [large, small], [small, large, large]]) {
    const plain = Buffer.concat(await Promise.all(gzipBlocks.map(plainText)))
    assert.match(plain.toString(), /^(?:gitops_app_info\{app_name="shop"\} 1\n|# EOF\n)+$/)
    assert.ok(gunzipSync(Buffer.concat(gzipBody(gzipBlocks))).equals(plain))
  }
})

test('coalescing small chunks changes no byte', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200_000, size: 'max' }), { maxLength: 20 }), (chunks) => {
      const result = coalesceChunks(chunks)
      assert.ok(Buffer.concat(result).equals(Buffer.concat(chunks)))
      assert.ok(result.length <= chunks.length)
    }),
    { numRuns: 20 },
  )
})
