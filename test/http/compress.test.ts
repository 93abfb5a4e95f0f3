import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { request } from 'undici'
import { appReport } from '../metrics/reports.ts'
import { serve } from './serving.ts'

const MANY = 1000
const MOST_BYTES = 200_000
const updates = Array.from({ length: MANY }, (_, index) => ({
  type: 'app' as const,
  report: appReport(
    `app-${index}`,
    { destination: `cluster-${index % 50}` },
    { outcome: { status: 'OutOfSync', cause: 'live' }, outOfSyncSince: 1_732_000_000 + index },
  ),
}))

async function ask(url: string, headers: Record<string, string> = {}) {
  const { body, headers: answered, statusCode } = await request(url, { headers })
  return { bytes: Buffer.from(await body.arrayBuffer()), headers: answered, statusCode }
}

for (const path of ['/', '/?view=matrix', '/api/v1/apps?limit=500'])
  test(`${path} of a thousand apps is packed for who takes gzip, and the same for who does not`, async () => {
    await using serving = await serve({ updates })
    const url = `${serving.http.pagesUrl}${path}`
    const plain = await ask(url)
    const packed = await ask(url, { 'accept-encoding': 'br, gzip;q=0.5' })
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.equal(packed.headers['content-encoding'], 'gzip')
    for (const { headers } of [plain, packed]) assert.match(String(headers.vary), /Accept-Encoding/)
    assert.ok(packed.bytes.length < MOST_BYTES, String(packed.bytes.length))
    assert.ok(packed.bytes.length < plain.bytes.length / 3)
    assert.equal(gunzipSync(packed.bytes).toString(), plain.bytes.toString())
  })

test('a client that has the packed answer is told so, by its tag or by the plain one', async () => {
  await using serving = await serve({ updates })
  const url = `${serving.http.pagesUrl}/api/v1/apps?limit=500`
  const packed = await ask(url, { 'accept-encoding': 'gzip' })
  const plain = await ask(url)
  assert.equal(packed.headers.etag, `W/${plain.headers.etag}`)
  for (const { headers } of [packed, plain]) {
    const again = await ask(url, { 'accept-encoding': 'gzip', 'if-none-match': String(headers.etag) })
    assert.equal(again.statusCode, 304)
    assert.equal(again.bytes.length, 0)
  }
})

test('what is short is not packed', async () => {
  await using serving = await serve()
  const { headers } = await ask(`${serving.http.pagesUrl}/api/v1/problems`, { 'accept-encoding': 'gzip' })
  assert.equal(headers['content-encoding'], undefined)
})
