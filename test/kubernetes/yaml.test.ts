import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printYaml, readYamlDocuments, type YamlLimits } from '../../src/kubernetes/serialization/yaml.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'

function failureOf(text: string, limits: Partial<YamlLimits> = {}): Failure {
  try {
    readYamlDocuments(text, { file: 'app.yaml', limits })
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error))
    return error.failure
  }
  return assert.fail('it was read')
}

test('documents end at separators, and empty ones are null', () => {
  const documents = readYamlDocuments('# head\n---\na: 1\n--- # second\n\nb: 2\n---\n---\n')
  assert.deepEqual(
    documents.map(({ value, line }) => ({ value, line })),
    [
      { value: null, line: 1 },
      { value: { a: 1 }, line: 3 },
      { value: { b: 2 }, line: 6 },
    ],
  )
  assert.deepEqual(readYamlDocuments(''), [])
})

test('a byte order mark, Windows line ends and a missing last line feed change nothing', () => {
  const [document] = readYamlDocuments('\ufeffa: |\r\n  x\r\n  y\r\nb: |\r\n  z')
  assert.deepEqual(document?.value, { a: 'x\ny\n', b: 'z\n' })
})

test('integers beyond 2^53 are exact', () => {
  const [document] = readYamlDocuments('a: 9007199254740993\nb: -9223372036854775808\nc: 18446744073709551615')
  assert.deepEqual(document?.value, { a: 9007199254740993n, b: -9223372036854775808n, c: 18446744073709551615n })
})

test('the last of two keys counts, and the warning says where', () => {
  const [document] = readYamlDocuments('a: 1\n---\nb:\n  c: 1\n  c: 2\n').slice(1)
  assert.deepEqual(document?.value, { b: { c: 2 } })
  assert.deepEqual(document?.warnings, [
    { message: 'the key "c" is there twice; the last one counts', line: 5, column: 3 },
  ])
})

test('a key called __proto__ is a key like any other', () => {
  const [document] = readYamlDocuments('__proto__: {polluted: true}\nconstructor: 1')
  assert.deepEqual(Object.keys(Object(document?.value)), ['__proto__', 'constructor'])
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

test('what is broken is an error with file, line and column', () => {
  const position = (text: string) => {
    const { code, file, line, column } = failureOf(text)
    return { code, file, line, column }
  }
  const yaml = { code: 'GDE_RENDER_YAML', file: 'app.yaml' }
  assert.deepEqual(position('a: 1\nb:\n\t- c\n'), { ...yaml, line: 3, column: 1 })
  assert.deepEqual(position('a: 1\n---\nb: x: y\n'), { ...yaml, line: 3, column: 4 })
  assert.deepEqual(position('a: "\0"'), { ...yaml, line: 1, column: 5 })
  assert.deepEqual(position('a: b\n--- c\n'), { ...yaml, line: 2, column: 4 })
  assert.deepEqual(position('a: *b'), { ...yaml, line: 1, column: 4 })
  assert.deepEqual(position('a: &a [*a]'), { ...yaml, line: 1, column: 8 })
  assert.deepEqual(position('a: .inf'), { ...yaml, line: 1, column: 4 })
  assert.deepEqual(position('? [a]\n: b'), { ...yaml, line: 1, column: 3 })
})

test('an error never quotes the document, which may be a Secret', () => {
  for (const text of [
    'password: "hunter2',
    'a: hunter2: b',
    'hunter2: [',
    '- hunter2\nb: c',
    'a: !!int hunter2',
    'hunter2: *x',
  ])
    assert.doesNotMatch(failureOf(text).message, /hunter2/)
})

test('an alias bomb ends at the limit, not in memory', () => {
  const levels = 'abcdefghij'.split('')
  const bomb = levels.map((name, index) => {
    const previous = levels[index - 1]
    return `${name}: &${name} [${Array(10)
      .fill(previous === undefined ? 'x' : `*${previous}`)
      .join(',')}]`
  })
  assert.equal(failureOf(bomb.join('\n')).code, 'GDE_TOO_LARGE')
  assert.equal(failureOf(`a: &a x\nb: [${'*a,'.repeat(10_001)}]`).code, 'GDE_TOO_LARGE')
})

test('bytes, values and depth have limits', () => {
  assert.equal(failureOf(`a: ${'x'.repeat(10_000_000)}`).code, 'GDE_TOO_LARGE')
  assert.equal(failureOf('[1, 2, 3]', { nodes: 3 }).code, 'GDE_TOO_LARGE')
  assert.equal(failureOf('['.repeat(500) + ']'.repeat(500)).code, 'GDE_TOO_LARGE')
  assert.equal(failureOf('['.repeat(50_000)).code, 'GDE_TOO_LARGE')
  assert.equal(failureOf('- '.repeat(50_000)).code, 'GDE_TOO_LARGE')
  assert.equal(readYamlDocuments('['.repeat(300) + ']'.repeat(300)).length, 1)
})

test('printed YAML has its keys sorted and quotes what would not stay text', () => {
  const value = { b: 'yes', a: ['0644', '1_000', 'x'], c: { d: 'one\ntwo\n', e: '', f: null, g: 9007199254740993n } }
  assert.equal(
    printYaml(value),
    `a:
- "0644"
- "1_000"
- x
b: "yes"
c:
  d: |
    one
    two
  e: ""
  f: null
  g: 9007199254740993
`,
  )
})

test('an error quotes nothing of the text, which may hold a secret', () => {
  for (const text of [
    'a: "hunter2" hunter2: x\n',
    'a: |hunter2\n  x\n',
    'a: *hunter2\n',
    'a: !hunter2 x\n- hunter2\n',
    'a: "hunter2\\qhunter2"\n',
    'a: @hunter2\n',
    'a: [hunter2\nb: hunter2\n',
    '%hunter2 x\n---\na: b\n',
    "a: 'hunter2\n",
    '{hunter2: x} hunter2\n',
  ]) {
    let message = ''
    try {
      readYamlDocuments(text)
    } catch (error) {
      message = String(error)
    }
    assert.ok(!message.includes('hunter2'), `${text} ${message}`)
  }
  assert.match(failureOf('a: "b" c: d\n').message, /^[A-Z][a-z]+ /)
})

test('a float without a fraction is printed so that it is read as that float', () => {
  for (const text of ['0000010012379538124272', '10012379538124272999.0', '1e300', '-9007199254740993.0']) {
    const value = readYamlDocuments(`a: ${text}`)[0]?.value
    assert.ok(value !== undefined && value !== null)
    assert.deepEqual(readYamlDocuments(printYaml(value))[0]?.value, value, printYaml(value))
  }
})
