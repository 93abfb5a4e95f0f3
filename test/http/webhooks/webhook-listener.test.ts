import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { RepositoryId } from '../../../src/model/sources/source.ts'
import { until } from '../../commands/until.ts'
import { repositoryStatus } from '../../metrics/reports.ts'
import { type Serving, serve } from '../serving.ts'
import { githubEvent, pushEvent, type SentEvent } from './payloads.ts'

const SECRET = 'a secret of the test'
const LOOPBACK = { address: '127.0.0.1', port: 0 }
let folder = ''
let secretFile = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gde-webhooks-'))
  secretFile = join(folder, 'secret')
  await writeFile(secretFile, `${SECRET}\n`)
})
after(() => rm(folder, { recursive: true, force: true }))

interface Receiving extends AsyncDisposable {
  readonly serving: Serving
  readonly url: string
  readonly polled: (readonly RepositoryId[])[]
}

async function receive(peers: readonly string[] = []): Promise<Receiving> {
  const polled: (readonly RepositoryId[])[] = []
  const status = (id: string, url: string) => ({
    type: 'repository' as const,
    status: { ...repositoryStatus(id), url },
  })
  const serving = await serve({
    updates: [
      status('platform', 'git@git.example.com:web/platform.git'),
      status('again', 'https://git.example.com/Web/Platform'),
      status('other', 'https://git.example.com/web/other.git'),
    ],
    webhooks: {
      receivers: [{ name: 'hub', type: 'github', secretFile }],
      peers,
      poll: (repositories) => polled.push(repositories),
      listen: LOOPBACK,
    },
  })
  const { webhooksUrl } = serving.http
  assert.ok(webhooksUrl !== undefined)
  return { serving, url: webhooksUrl, polled, [Symbol.asyncDispose]: () => serving[Symbol.asyncDispose]() }
}

async function send(url: string, { headers, body }: SentEvent, path = '/webhooks/hub'): Promise<number> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  })
  await response.body?.cancel()
  return response.status
}

test('a push event has every repository polled that it names, however it is spelled, and no other', async () => {
  await using receiving = await receive()
  assert.equal(await send(receiving.url, pushEvent('github', SECRET)), 202)
  assert.deepEqual(receiving.polled, [['platform', 'again']])
})

test('a wrong signature, an unknown receiver and a missing secret look the same, and poll nothing', async () => {
  await using receiving = await receive()
  assert.equal(await send(receiving.url, pushEvent('github', 'wrong')), 401)
  assert.equal(await send(receiving.url, pushEvent('github', SECRET), '/webhooks/nobody'), 401)
  await writeFile(secretFile, '')
  assert.equal(await send(receiving.url, pushEvent('github', '')), 401)
  await writeFile(secretFile, SECRET)
  assert.equal(await send(receiving.url, pushEvent('github', SECRET)), 202)
  assert.equal(receiving.polled.length, 1)
})

test('a huge body is refused before it is read to its end, malformed JSON when it is signed', async () => {
  await using receiving = await receive()
  assert.equal(await send(receiving.url, githubEvent('x'.repeat(9 * 1024 * 1024), SECRET)), 413)
  assert.equal(await send(receiving.url, githubEvent('{"repository":', SECRET)), 400)
  assert.equal(await send(receiving.url, githubEvent('{}', SECRET, 'ping')), 204)
  assert.deepEqual(receiving.polled, [])
})

test('an event that comes again costs a poll, and a flood from one address is cut off', async () => {
  await using receiving = await receive()
  const one = (): Promise<number> => send(receiving.url, pushEvent('github', SECRET))
  // At once: however long an answer takes, they do not come slower than they are let in.
  const statuses = [await one(), ...(await Promise.all(Array.from({ length: 99 }, one)))]
  assert.equal(statuses[0], 202)
  assert.ok(statuses.includes(429), statuses.join())
  assert.equal(receiving.polled.length, statuses.filter((status) => status === 202).length)
})

test('what a listener of webhooks answers is nothing else', async () => {
  await using receiving = await receive()
  for (const path of ['/', '/metrics', '/webhooks/hub'])
    assert.ok([404, 405].includes((await fetch(`${receiving.url}${path}`)).status), path)
})

test('an event is passed on to peers once, and by them to nobody', async () => {
  await using third = await receive()
  await using second = await receive([third.url])
  await using first = await receive([second.url])
  assert.equal(await send(first.url, pushEvent('github', SECRET)), 202)
  await until('the peer', async () => (second.polled.length > 0 ? true : undefined))
  assert.deepEqual(second.polled, [['platform', 'again']])
  // The second would have passed it on before it answers to one of its own.
  assert.equal(await send(second.url, pushEvent('github', SECRET)), 202)
  await until('its own event', async () => (third.polled.length > 0 ? true : undefined))
  assert.equal(third.polled.length, 1)
  assert.equal(first.polled.length, 1)
})

test('a peer that is not there is told in the log, and holds up nothing', async () => {
  await using receiving = await receive(['http://127.0.0.1:1'])
  assert.equal(await send(receiving.url, pushEvent('github', SECRET)), 202)
  await until('the log', async () =>
    receiving.serving.logged.includes('a push event cannot be passed to a peer') ? true : undefined,
  )
  assert.ok(!receiving.serving.lines.some((line) => line.includes(SECRET)))
})
