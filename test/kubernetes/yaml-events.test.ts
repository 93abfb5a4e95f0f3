import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { ParsingBudget, requireMemory } from '../../src/kubernetes/serialization/parsing-budget.ts'
import { readYamlDocuments } from '../../src/kubernetes/serialization/yaml.ts'
import { readByEvents } from '../../src/kubernetes/serialization/yaml-events.ts'
import { CodedError } from '../../src/model/failure.ts'
import fc from '../fast-check.ts'

const CORPUS = join(import.meta.dirname, '../render/corpus')

function outcome(text: string): unknown {
  try {
    return readYamlDocuments(text)
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error))
    return error.failure
  }
}

/** A document as it is read, and as the library reads it, whose business documents are that have an end. */
function assertAsByLibrary(document: string): void {
  const text = document.endsWith('\n') ? document : `${document}\n`
  assert.equal(readByEvents(`${text}...\n`), undefined)
  if (readByEvents(text) !== undefined) assert.deepEqual(outcome(text), outcome(`${text}...\n`), JSON.stringify(text))
}

async function corpusDocuments(): Promise<readonly string[]> {
  const entries = await readdir(CORPUS, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')))
  return texts.flatMap((text) => text.split(/^---.*\n/m)).filter((text) => text !== '')
}

test('what is plain in real repositories is read as the library reads it, and most of it is plain', async () => {
  const documents = await corpusDocuments()
  const manifests = documents.filter((text) => !text.includes('{{') && /^kind:/m.test(text))
  for (const text of documents) assertAsByLibrary(text)
  const plain = manifests.filter((text) => readByEvents(text.endsWith('\n') ? text : `${text}\n`) !== undefined)
  assert.ok(plain.length > manifests.length * 0.9, `${plain.length} of ${manifests.length}`)
})

test('so is what somebody changed somewhere', async () => {
  const documents = (await corpusDocuments()).filter((text) => text.length < 4000)
  const change = fc.record({
    at: fc.nat(),
    removed: fc.nat({ max: 3 }),
    added: fc.constantFrom(
      ...['', ' ', '  ', '\n', '\t', '#', ' #', ': ', ':', '- ', '-', '"', "'", '|', '>', '&a ', '*a', '[', ']'],
      ...',{}\\!%@`?~<.1é',
    ),
  })
  fc.assert(
    fc.property(fc.constantFrom(...documents), fc.array(change, { minLength: 1, maxLength: 3 }), (text, changes) => {
      const changed = changes.reduce((so, { at, removed, added }) => {
        const place = at % (so.length + 1)
        return so.slice(0, place) + added + so.slice(place + removed)
      }, text)
      if (!/[^\n\t -~é]/.test(changed) && !/^---/m.test(changed)) assertAsByLibrary(changed)
    }),
    { numRuns: 10_000, seed: 1 },
  )
})

const piece = fc.constantFrom(
  ...[
    'a',
    'b: ',
    'key:',
    'c',
    ': ',
    '- ',
    '-',
    '\n',
    '\n',
    '\n  ',
    '\n  ',
    '\n    ',
    '\n - ',
    '\n# x',
    ' #',
    '"',
    "'",
    'x y',
    '|',
    '|-',
    '>',
    '>+',
  ],
  ...[
    '&x',
    '&x\n  ',
    '*x',
    '[',
    ']',
    ', ',
    '{}',
    '[]',
    '1',
    '-1',
    '0644',
    '1.5',
    'yes',
    '~',
    'null',
    ' ',
    '\\n',
    '\\\\',
    "''",
    '/',
    '(',
    '$',
    '+',
    '.',
    '...',
    '<<: ',
  ],
  ...[
    'é',
    '日',
    '\u00a0',
    '\u2028',
    '\u0085',
    '__proto__: ',
    '"a": ',
    "'b c': ",
    '0x1: ',
    '1_0',
    '2001-01-01',
    '.5',
    '.inf',
  ],
)

test('so is text made at random, plain or not', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const text = `a: ${pieces.join('')}`
      if (!/^---/m.test(text)) assertAsByLibrary(text)
    }),
    { numRuns: 30_000, seed: 1 },
  )
})

const text = fc.oneof(
  fc.string({ maxLength: 120 }),
  fc
    .array(fc.constantFrom('word', '10', 'yes', 'a:', '#', '-', '\n', ' ', 'é'), { maxLength: 40 })
    .map((words) => words.join(' ')),
)
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(true, false, null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom('name', 'kind', 'a/b', '0'), text), tie('any'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).any

test('so is what programs print', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { noNullPrototype: true }), (object) => {
      for (const lineWidth of [0, 40]) assertAsByLibrary(stringify(object, { lineWidth }))
      assertAsByLibrary(stringify({ one: [object], other: object }))
    }),
    { numRuns: 1500, seed: 1 },
  )
})

test('what has more to it than values is left to the library', () => {
  for (const text of [
    ...[
      'a: &x{}\n',
      'a: *x\n',
      'a: &x\n  b: *x\n',
      'a: &x 1\n*x : 2\n',
      '&x a: 1\n',
      'a: "b\\\n\n  c"\n',
      'a: |1\n  \n',
      "- '*.a'  b: 1\n",
      'a: !!str 1\n',
      'a: {b: 1}\n<<: {c: 2}\n',
      'a: 1\na: 2\n',
      '? [a]\n: 1\n',
      'null: 1\n',
      'a: .nan\n',
    ],
    ...[
      '__proto__: 1\n',
      'a\n',
      '',
      '# nothing\n',
      '%YAML 1.1\n',
      'a: 1\n...\nb: 2\n',
      'a: [1\n',
      'a: {}  b: 1\n',
      '- [1,\n 2] - 3\n',
    ],
    `a: ${'['.repeat(200)}${']'.repeat(200)}\n`,
  ])
    assert.equal(readByEvents(text), undefined, text)
  assert.deepEqual(readByEvents("\n# one\na: [{}, [], 'b', {c: yes}]\n"), {
    value: { a: [{}, [], 'b', { c: true }] },
    line: 3,
    nodes: 9,
    aliases: 0,
    events: 16,
  })
})

test('what is made to take long takes no longer than its length allows', () => {
  const linear = (make: (times: number) => string): void => {
    const seconds = (times: number): number => {
      const text = make(times)
      const begun = process.cpuUsage()
      readByEvents(text)
      return process.cpuUsage(begun).user
    }
    seconds(2000)
    const [small, large] = [Math.min(seconds(2000), seconds(2000), seconds(2000)), seconds(32_000)]
    // Sixteen times the text: a square would be 256 times the time. What takes next to no time is not compared.
    assert.ok(large < 100 * Math.max(small, 3000), `${make(1)}: ${small} and ${large} µs`)
  }
  for (const piece of [
    '[] ',
    '[a: b], ',
    '- []\n',
    '-\n',
    'a: |\n\n',
    '"a" ',
    '{? a}, ',
    '- - ',
    "'' ''",
    '# x\n',
    '- {} # ]\n',
  ])
    linear((times) => piece.repeat(times))
  for (const piece of ['a, ', 'a: b, ', '? a, ', '[], ', '{}, ', '"", ', '\n\n'])
    linear((times) => `- [${piece.repeat(times)}]\n`)
})

test('an anchor is known where it was closed, and the last of its name counts', () => {
  for (const [document, expected] of [
    ['a: &x\n  b: 1\nc: *x\n', { a: { b: 1 }, c: { b: 1 } }],
    ['a: &x\n  b: 1\nc: &x\n  - 2\nd:\n  - *x\n', { a: { b: 1 }, c: [2], d: [[2]] }],
    ['- &x\n  b: 1\n- *x # again\n', [{ b: 1 }, { b: 1 }]],
    ['a: &x yes\nb: [*x , *x ]\n', { a: true, b: [true, true] }],
  ] as const) {
    assert.deepEqual(readByEvents(document)?.value, expected)
    assertAsByLibrary(document)
  }
})

test('aliases that stand for aliases come to the limit of nodes by counting', () => {
  const levels = Array.from({ length: 9 }, (_, level) => level)
  const bomb = levels.map(
    (level) => `a${level}: &a${level}\n${`  - ${level === 0 ? 'x' : `*a${level - 1}`}\n`.repeat(10)}`,
  )
  assert.throws(() => readYamlDocuments(bomb.join('')), { name: 'GDE_TOO_LARGE' })
})

test('what aliases stand for takes memory once', () => {
  const items = Array.from({ length: 1000 }, (_, index) => `  - text ${index}\n`).join('')
  const text = `a: &a\n${items}b:\n${'  - *a\n'.repeat(500)}`
  // Half a million values by their number, which would be 32 MB.
  new ParsingBudget(4 * 1024 * 1024).run(() => {
    readYamlDocuments(text)
    requireMemory(2 * 1024 * 1024, {})
  })
})
