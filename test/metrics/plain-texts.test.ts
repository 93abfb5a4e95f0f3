import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeGzipBlock } from '../../src/metrics/exposition/gzip-block.ts'
import { createPlainTexts } from '../../src/metrics/exposition/plain-texts.ts'

test('who asks again and again is given the texts that were unpacked once, until nobody asked for as long as they are kept', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const gzipBlock = await makeGzipBlock(Buffer.from('gitops_cluster_up{dest_cluster="prod-us"} 1\n'))
  const texts = createPlainTexts(1000)
  const [first] = await texts.of([gzipBlock])
  assert.equal(Buffer.from(first ?? []).toString(), 'gitops_cluster_up{dest_cluster="prod-us"} 1\n')
  for (let scrape = 0; scrape < 3; scrape += 1) {
    t.mock.timers.tick(999)
    const [again] = await texts.of([gzipBlock])
    assert.equal(again, first)
  }
  t.mock.timers.tick(1000)
  const [anew] = await texts.of([gzipBlock])
  assert.notEqual(anew, first)
  assert.deepEqual(anew, first)
  texts.close()
})
