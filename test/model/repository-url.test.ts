import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { decodedBytes, readGoUrl } from '../../src/model/sources/go-url.ts'
import { normalizeGitUrl } from '../../src/model/sources/repository-key.ts'
import { RepositoryUrl, readRepositoryUrl, withoutUserInfo } from '../../src/model/sources/repository-url.ts'
import { urlOf } from '../discovery/urls.ts'
import fc from '../fast-check.ts'

interface GoAnswer {
  readonly url: string
  readonly normalized: string
  readonly scheme?: string
  readonly opaque?: string
  readonly hostname?: string
  readonly port?: string
  readonly path?: string
  readonly text?: string
}

const ANSWERS = await (async (): Promise<readonly GoAnswer[]> => {
  const compressed = await readFile(join(import.meta.dirname, 'golden/go-urls-1.26.8.jsonl.gz'))
  const lines = gunzipSync(compressed).toString('utf8').trim().split('\n')
  return lines.map((line): GoAnswer => JSON.parse(line))
})()

/** Go takes addresses with a zone, which are of this host alone: here they are no URLs. */
const hasZone = ({ hostname }: GoAnswer): boolean => /:.*%/.test(hostname ?? '')

test('URLs are read as Go reads them', () => {
  assert.equal(ANSWERS.length, 5000)
  const wrong = ANSWERS.filter((answer) => {
    const read = readGoUrl(answer.url)
    if (hasZone(answer)) return read !== undefined
    return answer.text === undefined
      ? read !== undefined
      : read?.text !== answer.text || read.scheme !== answer.scheme || read.path !== answer.path
  })
  assert.deepEqual(wrong, [])
})

test('URLs are compared as Argo CD compares them', () => {
  // Go and JavaScript trim other characters and write some letters small in other ways: all of them are refused, or no host.
  const isOther = ({ url }: GoAnswer): boolean => /[İΣ\u0085\ufeff]|\[[^\]]*%25/.test(url)
  const wrong = ANSWERS.filter((answer) => !isOther(answer) && normalizeGitUrl(answer.url) !== answer.normalized)
  assert.deepEqual(wrong, [])
})

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

test('what is fetched lies where Go finds it, or is refused', () => {
  let fetched = 0
  for (const answer of ANSWERS) {
    const read = readRepositoryUrl(answer.url)
    if (!(read instanceof RepositoryUrl) || !/^https?$/.test(read.transport)) continue
    fetched += 1
    const to = new URL(read.address)
    const port = (of: string) => of || DEFAULT_PORTS[to.protocol.slice(0, -1)]
    assert.equal(answer.opaque, '', answer.url)
    assert.deepEqual(
      [to.protocol, to.hostname, port(to.port), decodedBytes(to.pathname).replace(/\/+$/, '')],
      [
        `${answer.scheme}:`,
        answer.hostname?.includes(':') ? `[${answer.hostname}]` : answer.hostname?.toLowerCase().replace(/\.$/, ''),
        port(answer.port ?? ''),
        answer.path?.replace(/\/+$/, ''),
      ],
      answer.url,
    )
  }
  assert.ok(fetched > 300, `${fetched} of them are read`)
})

const atom = fc.constantFrom(
  ...[
    'https://',
    'HTTP://',
    'https:',
    'ssh://',
    'git@',
    '//',
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2F',
    '%5c',
    '\t',
    '\r',
    '\n',
    '\0',
  ],
  ...[
    '@',
    ':',
    '?',
    '#',
    '%',
    ' ',
    '[',
    ']',
    '::1',
    '127.1',
    'git.example.com',
    'team',
    '.git',
    'ü',
    '\ud800',
    '\u202e',
    '443',
  ],
)
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.oneof(atom, fc.string({ maxLength: 3 })), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.array(atom, { maxLength: 8 }).map((parts) => `https://git.example.com/${parts.join('')}`),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
)

test('whatever is read is read alike by Go and by WHATWG, and an address is its own address', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const read = readRepositoryUrl(text)
      if (!(read instanceof RepositoryUrl)) return
      assert.doesNotMatch(read.address, /[\\\p{Cc}]|%2f|%5c/iu)
      if (!/^https?$/.test(read.transport)) return
      assert.doesNotMatch(read.address, /[?#\s]|\/(?:\.|%2e){1,2}(?:\/|$)/i)
      const [web, go] = [new URL(text), readGoUrl(text)]
      assert.ok(go?.authority !== undefined)
      assert.equal(web.protocol, `${go.scheme}:`)
      assert.equal(web.hostname, go.authority.host.toLowerCase())
      const again = urlOf(read.address)
      assert.equal(again.address, read.address)
      assert.equal(new URL(read.address).href.replace(/\/$/, ''), read.address)
      assert.equal(new URL(read.address).username, '')
    }),
    { numRuns: 20_000 },
  )
})

test('one repository has one address, however Argo CD and Flux spell it', () => {
  const addresses = {
    'https://git.example.com/Team/x.git': 'https://git.example.com/Team/x.git',
    'HTTPS://GIT.example.com/Team/x.git/': 'https://git.example.com/Team/x.git',
    'https://user@git.example.com/x': 'https://git.example.com/x',
    'https://user:password@git.example.com:443/x': 'https://git.example.com/x',
    'http://git.example.com.:80/x': 'http://git.example.com/x',
    'https://git.example.com:8443/x': 'https://git.example.com:8443/x',
    'https://[2001:DB8::1]/x': 'https://[2001:db8::1]/x',
    'https://dev.azure.com/org/My Project/_git/x': 'https://dev.azure.com/org/My%20Project/_git/x',
    'https://git.example.com/%7euser/%c3%bc': 'https://git.example.com/~user/%C3%BC',
    'git@GIT.example.com:Team/x.git': 'git@git.example.com:Team/x.git',
    'git@git.example.com/team/x': 'git@git.example.com/team/x',
    'ssh://git@GIT.example.com:22/team/x': 'ssh://git@git.example.com:22/team/x',
    'ssh://git:password@git.example.com/x': 'ssh://git@git.example.com/x',
    'oci://user:password@registry.example.com/charts': 'oci://registry.example.com/charts',
  }
  for (const [text, address] of Object.entries(addresses)) assert.equal(urlOf(text).address, address, text)
})

test('what readers take for different repositories is refused, and the reason says why', () => {
  const reasons = {
    'https://git.example.com/team-a/..\\team-b': /a backslash/,
    'https://git.example.com/.\t./x': /a control character/,
    'https://git.example.com/x\r\n': /a control character/,
    'https://git.example.com/x%00': /a control character/,
    'https://git.example.com/%2e%2e/x': /"\." or "\.\."/,
    'https://git.example.com/a/.%2E': /"\." or "\.\."/,
    'git@git.example.com:../x': /"\." or "\.\."/,
    'https://git.example.com/a%2fb': /an encoded slash/,
    'https://git.example.com/a//b': /"\/\/"/,
    'https://git.example.com//b': /"\/\/"/,
    ' https://git.example.com/x': /a space/,
    'https://git.example.com/x ': /a space/,
    'https://git.example.com/x?a': /"\?"/,
    'https://git.example.com/x#a': /"#"/,
    'https://a@b@git.example.com/x': /several "@"/,
    'https:git.example.com/x': /write https:/,
    'https:/git.example.com/x': /its host/,
    'https:///git.example.com/x': /its host/,
    'https://127.1/x': /its host/,
    'https://0x7f000001/x': /its host/,
    'https://2130706433/x': /its host/,
    'https://[::ffff:127.0.0.1]/x': /its host/,
    'https://bücher.example/x': /its host/,
    'https://git。example.com/x': /its host/,
    'https://git.example.com:0443/x': /its port/,
    'https://git.example.com/%zz': /a URL to some/,
    'https://git.example.com/\ud800': /half a character/,
    [`https://git.example.com/${'x'.repeat(5000)}`]: /too long/,
  }
  for (const [text, reason] of Object.entries(reasons)) {
    const read = readRepositoryUrl(text)
    assert.ok(!(read instanceof RepositoryUrl), text)
    assert.match(read.ambiguity, reason, text)
  }
})

test('no spelling shows a password', () => {
  const spellings = [
    'https://user:hunter2@git.example.com/x',
    'https://user:hunter2@hunter2@git.example.com/x',
    'https:user:hunter2@git.example.com/x',
    'https:/user:hunter2@git.example.com/x',
    'https:\\\\user:hunter2@git.example.com/x',
    ' https://user:hunter2@git.example.com/x',
    'ht\ttps://user:hunter2@git.example.com/x',
    '//user:hunter2@git.example.com/x',
    'user:hunter2@registry.example.com/charts',
    'hunter2@git.example.com:x',
    'ssh://user:hunter2@git.example.com/x',
    'oci://user:hunter2@registry.example.com/x',
    'https://user:hunter2/@git.example.com/x',
    'https://user:hunter2?@git.example.com/x',
    'https://user:hunter2%40git.example.com/x',
    'https://user:hunter2＠git.example.com/x',
    'https://user:hunter2/git.example.com/x',
    'https://hunter2@bücher.example/x',
    'https://git.example.com/x?token=hunter2',
    `https://user:hunter2${'x'.repeat(5000)}@git.example.com/x`,
  ]
  for (const text of spellings) {
    const read = readRepositoryUrl(text)
    for (const shown of [withoutUserInfo(text), read.shown, JSON.stringify(read)])
      assert.doesNotMatch(shown, /hunter2/, text)
    assert.equal(withoutUserInfo(read.shown), read.shown, text)
  }
})

test('what is no user info stays', () => {
  for (const text of [
    'git@git.example.com:team/x.git',
    'git@git.example.com/team/x',
    'https://git.example.com/x@v1',
    'https://git.example.com:8443/x',
    'https://[2001:db8::1]:8443/x',
    'file:///srv/a@b',
    'registry.example.com/charts',
  ])
    assert.equal(withoutUserInfo(text), text)
})

test('a URL of many characters takes no time', () => {
  fc.assert(
    fc.property(hostile, fc.nat(4000), (part, times) => {
      readRepositoryUrl(part.repeat(times / Math.max(part.length, 1)))
    }),
    { numRuns: 500, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
  )
})

test('what credentials of a registry are for is its host, however it is written', () => {
  const originOf = (text: string) => {
    const read = readRepositoryUrl(text)
    return read instanceof RepositoryUrl ? read.origin : 'refused'
  }
  assert.equal(originOf('oci://Registry.example.com:5000/charts'), 'oci://registry.example.com:5000')
  assert.equal(originOf('registry.example.com:5000/charts'), 'oci://registry.example.com:5000')
  assert.equal(originOf('registry.example.com'), 'oci://registry.example.com')
  assert.notEqual(originOf('registry.example.com.evil.org/charts'), originOf('registry.example.com/charts'))
  assert.equal(originOf('file:/srv/charts'), undefined)
})
