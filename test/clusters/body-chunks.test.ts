import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { readLines } from '../../src/clusters/server/api/body.ts'
import { chunksOf } from '../../src/clusters/server/api/body-chunks.ts'
import { CodedError } from '../../src/model/failure.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('chunks come as they were sent, in their order, and none is copied', async () => {
  const sent = Array.from({ length: 300 }, (_, index) => Buffer.alloc(1000, index))
  const seen: Buffer[] = []
  for await (const chunks of chunksOf(Readable.from(sent, { objectMode: false }))) {
    seen.push(...chunks)
    await turn()
  }
  assert.ok(seen.every((chunk, index) => chunk === sent[index]))
  assert.equal(seen.length, sent.length)
})

test('who does not take them is not sent more', async () => {
  let sent = 0
  const endless = new Readable({
    read() {
      sent += 1
      this.push(Buffer.alloc(16 * 1024))
    },
  })
  const chunks = chunksOf(endless)
  await chunks.next()
  for (let count = 0; count < 100; count += 1) await turn()
  const before = sent
  assert.ok(before < 20, `${before} chunks wait`)
  await chunks.next()
  for (let count = 0; count < 100; count += 1) await turn()
  assert.ok(sent > before && sent < before + 20)
  await chunks.return(undefined)
  assert.ok(endless.destroyed)
})

test('a stream that breaks off, or fails after it was given up, fails for its reader alone', async () => {
  const broken = new Readable({ read: () => undefined })
  broken.push('begun')
  const chunks = chunksOf(broken)
  assert.equal(String((await chunks.next()).value), 'begun')
  broken.destroy()
  await assert.rejects(chunks.next(), { code: 'ERR_STREAM_PREMATURE_CLOSE' })

  const failing = new Readable({
    read: () => undefined,
    destroy: (_, done) => setImmediate(() => done(new Error('the connection was closed'))),
  })
  failing.push('begun')
  for await (const _ of chunksOf(failing)) break
  for (let count = 0; count < 3; count += 1) await turn()
  assert.ok(failing.errored)
})

test('lines are the same however they were cut and came together', async () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index} ${'x'.repeat(index % 7)}`)
  const text = Buffer.from(`${lines.join('\n')}\n\nno end`)
  for (const size of [1, 2, 7, 64, 1000])
    for (const together of [1, 2, 5, 1000]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, place) =>
        text.subarray(place * size, (place + 1) * size),
      )
      const batches = async function* (): AsyncGenerator<readonly Buffer[]> {
        for (let at = 0; at < pieces.length; at += together) yield pieces.slice(at, at + together)
      }
      const seen: string[] = []
      for await (const some of readLines(batches(), 1000, 'things', noOther)) seen.push(...some.map(String))
      assert.deepEqual(seen, lines)
    }
})

test('what came before a line that is too long is read, however it came', async () => {
  const seen: string[] = []
  const batch = async function* (): AsyncGenerator<readonly Buffer[]> {
    yield [Buffer.from('one\ntwo\nth'), Buffer.from(`ree\n${'x'.repeat(50)}`), Buffer.from('x'.repeat(60))]
  }
  const read = async (): Promise<void> => {
    for await (const some of readLines(batch(), 100, 'things', noOther)) seen.push(...some.map(String))
  }
  await assert.rejects(read(), (error) => error instanceof CodedError && error.failure.code === 'GDE_TOO_LARGE')
  assert.deepEqual(seen, ['one', 'two', 'three'])
})

async function noOther(): Promise<never> {
  throw new Error('no line is large')
}
