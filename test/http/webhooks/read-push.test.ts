import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparableUrl } from '../../../src/http/webhooks/comparable-url.ts'
import { readPush } from '../../../src/http/webhooks/read-push.ts'
import { WEBHOOK_TYPES, type WebhookType } from '../../../src/model/webhook.ts'
import fc from '../../fast-check.ts'
import { githubEvent, pushEvent, type SentEvent } from './payloads.ts'

const SECRET = 'It is a secret to everybody'
const read = (type: WebhookType, { headers, body }: SentEvent, secret = SECRET) =>
  readPush(type, { headers, body: Buffer.from(body) }, secret)

for (const type of WEBHOOK_TYPES) {
  test(`a push event of ${type} names its repository`, () => {
    const push = read(type, pushEvent(type, SECRET))
    assert.ok(push.type === 'push')
    assert.ok(push.urls.map(comparableUrl).includes('git.example.com/web/platform'), push.urls.join(', '))
  })

  test(`an event of ${type} with another secret, or without a signature, is not believed`, () => {
    assert.deepEqual(read(type, pushEvent(type, 'another')), { type: 'unsigned' })
    assert.deepEqual(read(type, { ...pushEvent(type, SECRET), headers: {} }), { type: 'unsigned' })
    assert.deepEqual(read(type, pushEvent(type, ''), ''), { type: 'unsigned' })
  })

  // GitLab sends its secret, and signs no body.
  if (type !== 'gitlab')
    test(`a body of ${type} that was changed is not believed`, () => {
      const { headers, body } = pushEvent(type, SECRET)
      assert.deepEqual(read(type, { headers, body: body.replace('platform', 'platfork') }), { type: 'unsigned' })
    })
}

test('the example of GitHub’s documentation holds', () => {
  const headers = {
    'x-github-event': 'ping',
    'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
  }
  // Signed, and no JSON.
  assert.deepEqual(read('github', { headers, body: 'Hello, World!' }, "It's a Secret to Everybody"), {
    type: 'malformed',
  })
})

test('what is signed and no push moves nothing', () => {
  assert.deepEqual(read('github', githubEvent('{"zen":"Keep it logically awesome."}', SECRET, 'ping')), {
    type: 'other',
  })
})

for (const body of [
  '',
  '{',
  'null',
  '[]',
  '{"repository":{"html_url":7}}',
  '{"repository":"x"}',
  '{"__proto__":{"repository":{"html_url":"x"}}}',
])
  test(`${JSON.stringify(body)} names no repository`, () => {
    assert.deepEqual(read('github', githubEvent(body, SECRET)), { type: 'malformed' })
  })

test('JSON that is nested without end, or grows without bound, is refused', () => {
  for (const body of ['['.repeat(1_000_000), `[${'{},'.repeat(2_500_000)}{}]`])
    assert.deepEqual(read('github', githubEvent(body, SECRET)), { type: 'malformed' })
})

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(...WEBHOOK_TYPES), (body, type) => {
      const { headers } = githubEvent(body, SECRET)
      assert.ok(
        read(type, { headers: { ...headers, 'x-gitlab-token': SECRET, 'x-gitlab-event': 'System Hook' }, body }),
      )
    }),
  )
})

test('all spellings of a repository are one place', () => {
  const spellings = [
    'https://git.example.com/web/platform',
    'https://git.example.com/web/platform.git',
    'https://GIT.example.com:8443/Web/Platform/',
    'https://user:password@git.example.com/web/platform',
    'git@git.example.com:web/platform.git',
    'ssh://git@git.example.com:7999/web/platform.git',
    'ssh://git@ssh.git.example.com:443/web/platform.git',
    'git.example.com/web/platform',
  ]
  assert.deepEqual([...new Set(spellings.map(comparableUrl))], ['git.example.com/web/platform'])
  assert.notEqual(comparableUrl('https://git.example.com/web/platform2'), comparableUrl(spellings[0] ?? ''))
  assert.equal(comparableUrl('platform'), undefined)
  assert.equal(comparableUrl('https://git.example.com/'), undefined)
})
