import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeeperThan, parseJson, printJson } from '../../src/kubernetes/serialization/json.ts'
import { CodedError } from '../../src/model/failure.ts'
import type { Json } from '../../src/model/json.ts'
import fc from '../fast-check.ts'

const anyKey = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString'))
const anyJson = fc.letrec<{ readonly value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
    fc.maxSafeInteger(),
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n })
      .filter((integer) => integer > 2n ** 53n - 1n || integer < 1n - 2n ** 53n),
    fc.string(),
    fc.array(tie('value')),
    fc.dictionary(anyKey, tie('value'), { noNullPrototype: true }),
  ),
})).value

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    assert.ok(error instanceof CodedError)
    return error.failure.code
  }
  return 'none'
}

test('what is printed is read back as it was', () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      assert.deepEqual(parseJson(printJson(value)), value)
      assert.deepEqual(parseJson(printJson(value, 2)), value)
    }),
  )
})

test('integers are exact wherever in the text they begin', () => {
  for (let length = 0; length < 40; length += 1)
    for (const number of [2n ** 53n, 2n ** 64n, -(2n ** 53n)])
      assert.deepEqual(parseJson(`["${'x'.repeat(length)}",${number}]`), ['x'.repeat(length), number])
})

test('integers are exact after whatever may stand before a number, and digits within texts are texts', () => {
  for (const before of ['', ' ', '\n', '\t', '[', '[1,', '[ ', '{"a":', '{"a": ', '-'])
    assert.match(printJson(parseJson(`${before}9007199254740993${closing(before)}`)), /9007199254740993/, before)
  const text = '{"uid":"1e999","image":"sha256:9007199254740993","note":"a 9007199254740993, b:1e400"}'
  assert.equal(printJson(parseJson(text)), text)
})

function closing(before: string): string {
  return before.includes('[') ? ']' : before.includes('{') ? '}' : ''
}

test('a number that no double holds is refused, as Go refuses it', () => {
  for (const text of ['1e999', '[-1e400]', '{"a":1.5E+309}', '9007199254740993e400', '{"a":{"b":1e309}}'])
    assert.equal(
      codeOf(() => parseJson(text)),
      'GDE_RENDER_YAML',
      text,
    )
  assert.deepEqual(parseJson('[1e308,1e-999,"1e999"]'), [1e308, 0, '1e999'])
})

test('integers beyond 2^53 keep every digit', () => {
  const text =
    '{"big":9223372036854775807,"small":-9223372036854775808,"near":9007199254740991,"text":"9223372036854775807"}'
  assert.deepEqual(parseJson(text), {
    big: 9223372036854775807n,
    small: -9223372036854775808n,
    near: 9007199254740991,
    text: '9223372036854775807',
  })
  assert.equal(printJson(parseJson(text)), text)
})

test('a fraction with many digits stays a number', () => {
  assert.deepEqual(parseJson('[0.12345678901234567,12345678901234567.5,1e300]'), [
    Number('0.12345678901234567'),
    Number('12345678901234567.5'),
    1e300,
  ])
})

test('a key named __proto__ is an own key and changes no prototype', () => {
  const value = parseJson('{"__proto__":{"polluted":true},"n":12345678901234567890}')
  assert.ok(typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__'))
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

test('a syntax error names line and column and none of the text', () => {
  assert.throws(
    () => parseJson('{"password": "hunter2",\n  "x" 3}', { file: 'a.json' }),
    (error) => {
      assert.ok(error instanceof CodedError)
      assert.deepEqual(error.failure, {
        code: 'GDE_RENDER_YAML',
        message: 'not JSON',
        file: 'a.json',
        line: 2,
        column: 7,
      })
      assert.equal(error.cause, undefined)
      return true
    },
  )
  assert.equal(
    codeOf(() => parseJson('{"token": hunter2}')),
    'GDE_RENDER_YAML',
  )
})

test('every syntax error has its place', () => {
  const broken: Readonly<Record<string, readonly [line: number, column: number]>> = {
    '': [1, 1],
    '{\n"kind":,}': [2, 8],
    '[1,\n2,\n]': [3, 1],
    '{"a":1} x': [1, 9],
    '{"a":\n\n tralse}': [3, 4],
    '"abc': [1, 5],
    '{"a": 01}': [1, 8],
  }
  for (const [text, place] of Object.entries(broken))
    assert.throws(
      () => parseJson(text),
      (error) => {
        assert.ok(error instanceof CodedError)
        assert.deepEqual([error.failure.line, error.failure.column], place, text)
        return true
      },
    )
})

test('numbers in deeply nested text give a coded error, not a stack overflow', () => {
  const deep = `${'['.repeat(200_000)}123456789012345678${']'.repeat(200_000)}`
  assert.equal(
    codeOf(() => parseJson(deep)),
    'GDE_TOO_LARGE',
  )
})

test('depth counts arrays and objects, not scalars', () => {
  assert.equal(isDeeperThan('x', 0), false)
  assert.equal(isDeeperThan([], 0), true)
  assert.equal(isDeeperThan([{ a: 1 }], 2), false)
  assert.equal(isDeeperThan([{ a: [] }], 2), true)
})

test('the line of an error counts from where the text begins in its file', () => {
  assert.throws(
    () => parseJson('{"a": 1,\n"b": }', { file: 'a.jsonl', line: 5 }),
    (error: unknown) => error instanceof CodedError && error.failure.line === 6 && error.failure.file === 'a.jsonl',
  )
})
