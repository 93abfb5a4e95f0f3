import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodedView } from '../../src/model/secrets/decoded-view.ts'
import { hideWhileUsed, outgoingData, outgoingText } from '../../src/model/secrets/outgoing-text.ts'
import { HIDDEN, SecretIndex } from '../../src/model/secrets/secret-index.ts'
import fc from '../fast-check.ts'

const SECRET = 'pa"ss+wörd/1?ü~9'

const percent = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join('')
const base64 = (text: string) => Buffer.from(text).toString('base64')

const SPELLINGS: Readonly<Record<string, string>> = {
  'as it is': SECRET,
  'in base64': base64(SECRET),
  'in the base64 of a header': base64(`user:${SECRET}`),
  'in base64, one byte behind': base64(`u${SECRET}`),
  'in base64, two bytes behind': base64(`us${SECRET} and more`),
  'in the alphabet of URLs': Buffer.from(`x:${SECRET}`).toString('base64url'),
  'URL-encoded': encodeURIComponent(SECRET),
  'with every byte URL-encoded': percent(SECRET),
  'with every byte URL-encoded, in capitals': percent(SECRET).toUpperCase(),
  'as base64 that is URL-encoded': encodeURIComponent(base64(SECRET)),
  'in JSON': JSON.stringify(SECRET),
  'in JSON of ASCII alone': JSON.stringify(SECRET).replaceAll(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ),
  'in HTML': SECRET.replaceAll('"', '&quot;').replaceAll('ü', '&#252;'),
  'in hexadecimal': Buffer.from(SECRET).toString('hex'),
  'in hexadecimal capitals': Buffer.from(SECRET).toString('hex').toUpperCase(),
}

for (const [how, spelling] of Object.entries(SPELLINGS))
  test(`a secret is hidden ${how}`, () => {
    const hidden = new SecretIndex([SECRET]).hide(`remote: no access with ${spelling}, sorry`)
    // What is encoded with it is not secret, up to the group of three bytes.
    assert.match(hidden, /^remote: no access with [\w+/"]{0,8}\[hidden\][\w+/="]{0,16}, sorry$/)
  })

test('a secret of several lines is hidden line by line, and where it is cut', () => {
  const key =
    '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n'
  const index = new SecretIndex([key])
  assert.equal(index.hide('line: BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj!'), `line: ${HIDDEN}!`)
  assert.equal(index.hide('line: MIIEvQIBADANBgkqhkiG9…'), `line: ${HIDDEN}…`)
  assert.equal(index.hide('no -----BEGIN CERTIFICATE----- here'), 'no -----BEGIN CERTIFICATE----- here')
})

test('a short secret is hidden where it is a whole word', () => {
  const index = new SecretIndex(['abc'])
  assert.equal(index.hide('abc, "abc" and abcd, xabc'), `${HIDDEN}, "${HIDDEN}" and abcd, xabc`)
  assert.equal(index.hide(base64('abc')), HIDDEN)
})

test('secrets that overlap are hidden as one', () => {
  assert.equal(new SecretIndex(['abcdefgh', 'efghijkl']).hide('-abcdefghijkl-'), `-${HIDDEN}-`)
})

test('a secret is known as long as somebody uses it', () => {
  const index = new SecretIndex(['t0psecret', 't0psecret'])
  index.delete('t0psecret')
  assert.equal(index.hide('t0psecret'), HIDDEN)
  index.delete('t0psecret')
  for (let count = 0; count < 200; count += 1) {
    index.add(`other-${count}`)
    index.delete(`other-${count}`)
  }
  assert.equal(index.hide('t0psecret'), 't0psecret')
})

test('whatever is encoded how, no secret is left, and what has none stays', () => {
  const encodings: readonly ((text: string) => string)[] = [
    (text) => text,
    base64,
    encodeURIComponent,
    percent,
    (text) => JSON.stringify(text).slice(1, -1),
    (text) => Buffer.from(text).toString('hex'),
  ]
  const secret = fc.stringMatching(/^[\x21-\x7e]{8,40}$/)
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), fc.constantFrom(...encodings), (value, before, after, encode) => {
      const text = `${before} ${encode(value)} ${after}`
      const index = new SecretIndex([value])
      assert.ok(!index.hide(text).includes(encode(value)))
      assert.equal(new SecretIndex(['something else']).hide(text), text)
    }),
  )
})

test('every character of a decoded text says where it stands', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('a', '%', '4', '1', '\\', 'n', 'u', '0', '&', 'amp;', '#', 'x', 'ü', '%C3%BC'),
      }),
      (text) => {
        const view = decodedView(text)
        if (view === undefined) return
        const { starts = [] } = view
        assert.equal(starts.length, view.text.length + 1)
        assert.equal(starts.at(-1), text.length)
        assert.deepEqual(
          [...starts].sort((a, b) => a - b),
          starts,
        )
      },
    ),
  )
})

test('a text that is made to take long is not shown, and takes little', () => {
  const index = new SecretIndex(['a'.repeat(4000)])
  assert.equal(index.hide('a'.repeat(200_000)), HIDDEN)
  assert.equal(index.hide('b'.repeat(1_000_000)).length, 1_000_000)
})

test('with more secrets than can be looked for no text from outside is shown', () => {
  const index = new SecretIndex(Array.from({ length: 3000 }, (_, count) => `${count}-${'x'.repeat(500)}`))
  assert.equal(index.hide('any text'), HIDDEN)
})

test('text on its way out holds no credential in use, and nothing that a terminal would not show', () => {
  const holder = {}
  hideWhileUsed(holder, `Basic ${base64('git:sw0rdfish')}`)
  hideWhileUsed(holder, 'Bearer t0ken-of-a-server')
  assert.equal(
    outgoingText(`user git, password sw0rdfish, ${base64('git:sw0rdfish')}`),
    `user git, password ${HIDDEN}, ${HIDDEN}`,
  )
  assert.equal(outgoingText('\u001b[31mred\u202e\ud800\u2028\nnext'), '\\u001b[31mred\\u202e\\ud800\\u2028\nnext')
  const data = { a: ['x', { b: 't0ken-of-a-server' }], c: 1 }
  assert.deepEqual(outgoingData(data), { a: ['x', { b: HIDDEN }], c: 1 })
  const clean = { a: ['x', { b: 'y' }], c: null }
  assert.equal(outgoingData(clean), clean)
  assert.equal(typeof holder, 'object')
})
