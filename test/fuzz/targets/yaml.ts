import assert from 'node:assert/strict'
import { parseJson } from '../../../src/kubernetes/serialization/json.ts'
import { printYaml, readYamlDocuments } from '../../../src/kubernetes/serialization/yaml.ts'
import { readByEvents } from '../../../src/kubernetes/serialization/yaml-events.ts'
import { isJsonObject, type Json } from '../../../src/model/json.ts'
import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import fc from '../../fast-check.ts'
import { ENVIRONMENT, NO_FILES, testModule } from '../../sandbox/test-sandbox.ts'
import { nearly } from '../broken-text.ts'
import { type FuzzTarget, refusedOr } from '../target.ts'

const CODES = /^GDE_(?:RENDER_YAML|TOO_LARGE)$/
const SCALARS = [
  'a',
  'yes',
  'null',
  '~',
  '0x1f',
  '1_000',
  '.inf',
  '1:20',
  '2026-01-01',
  '"\\x41"',
  "'it''s'",
  '|\n  text',
  '>-\n  text',
  '!!str 1',
  '!!binary YQ==',
  '*a',
  '<<',
  '0o7',
  '+1',
  '-',
  '=',
]
const PIECES = [
  '---',
  '...',
  '\n',
  '  ',
  '\t',
  '- ',
  ': ',
  '? ',
  '&a ',
  '*a',
  '!!',
  '#',
  '{',
  '}',
  '[',
  ']',
  '|',
  '>',
  '%YAML 1.1',
  '"',
  "'",
  '\u0085',
  '\u2028',
  '\0',
  '<<: *a',
]

const line = fc
  .tuple(
    fc.nat(3),
    fc.constantFrom('', '- ', 'a: ', 'b: ', '? ', '- - ', '&a ', 'k: &a ', '<<: '),
    fc.constantFrom(...SCALARS),
  )
  .map(([depth, start, scalar]) => `${'  '.repeat(depth)}${start}${scalar}`)
const lines = fc.array(line, { maxLength: 8 }).map((all) => `${all.join('\n')}\n`)
const good = fc.oneof(
  fc.json().map((text) => printYaml(parseJson(text))),
  lines,
)

/** Refused with a code and a place or read; and what is printed is read back as it was. */
export const yaml: FuzzTarget = {
  name: 'YAML',
  shortRuns: 300,
  prepare: async () =>
    fc.property(nearly(good, PIECES), (text) => {
      const documents = refusedOr(CODES, () => readYamlDocuments(text)) ?? []
      for (const { value } of documents) assert.deepEqual(readYamlDocuments(printYaml(value))[0]?.value ?? null, value)
    }),
}

/** What is read both by events and by the tree means the same: an end of the document is what events leave to the tree. */
export const yamlEvents: FuzzTarget = {
  name: 'YAML by events and by the tree',
  shortRuns: 300,
  prepare: async () =>
    fc.property(nearly(good, PIECES), (written) => {
      const text = written.endsWith('\n') ? written : `${written}\n`
      if (/^---/m.test(text) || readByEvents(text) === undefined) return
      const byTree = refusedOr(CODES, () => readYamlDocuments(`${text}...\n`))
      // The tree has no comments that are less deep than what they stand before.
      if (byTree !== undefined) assert.deepEqual(readYamlDocuments(text), byTree)
    }),
}

/** A float without fraction is written as an integer by Go. */
function comparable(value: Json): Json {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value)
  if (Array.isArray(value)) return value.map(comparable)
  if (!isJsonObject(value)) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, field]): [string, Json] => [key, comparable(field)]))
}

/** What both this reader and Kubernetes' read, they read alike. */
export const yamlUpstream: FuzzTarget = {
  name: 'YAML as Kubernetes reads it',
  shortRuns: 200,
  async prepare() {
    const sandbox = createSandbox(await testModule())
    return fc.property(lines, (text) => {
      const ours = refusedOr(CODES, () => ({ value: readYamlDocuments(text)[0]?.value ?? null }))
      const theirs = refusedOr(CODES, () => {
        const { output } = sandbox.call('yaml', Buffer.from(JSON.stringify({ text })), NO_FILES, ENVIRONMENT)
        return parseJson(Buffer.from(output).toString('utf8'))
      })
      if (ours === undefined || theirs === undefined) return
      assert.deepEqual(comparable(ours.value), comparable(isJsonObject(theirs) ? (theirs.value ?? null) : null))
    })
  },
}
