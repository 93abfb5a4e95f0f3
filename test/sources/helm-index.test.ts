import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseDocument, stringify } from 'yaml'
import { CodedError } from '../../src/model/failure.ts'
import { openHelmIndex } from '../../src/sources/helm/helm-index.ts'
import { DEFAULT_SOURCE_LIMITS } from '../../src/sources/limits.ts'
import fc from '../fast-check.ts'
import { temporaryFolder } from '../servers/folder.ts'

/** What an index says, as its readers see it. */
async function readIndex(path: string): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const index = await openHelmIndex(path, DEFAULT_SOURCE_LIMITS, AbortSignal.timeout(10_000))
  try {
    const charts: Record<string, readonly unknown[]> = {}
    for (const name of index.names) {
      const versions = (await index.chart(name)) ?? []
      charts[name] = versions.map((one) => ({ version: one.version, urls: one.entry().urls }))
    }
    return charts
  } finally {
    await index.close()
  }
}

/** Texts that look like what stands around them. */
const text = fc.oneof(
  fc.constantFrom(
    'entries:',
    '  web:',
    '- version: 1',
    '{',
    '}',
    '"',
    "'",
    '# c',
    '',
    'a: b',
    '---',
    '\n- x\n',
    'version: 2\nurls: [a]',
  ),
  fc.string({ unit: fc.constantFrom(...'ab: -#\n{}[]"\'\\&*|>%\t'), maxLength: 30 }),
)
const entry = fc.record(
  {
    version: fc.constantFrom('1.2.3', 'v2.0.0-rc.1', '1.2', '10', '1.0.0+a.b', '0x1f', '1e3', '2024-01-01'),
    urls: fc.array(fc.constantFrom('a.tgz', 'https://x.example/b.tgz', '#', "it's"), { maxLength: 2 }),
    description: text,
    annotations: fc.dictionary(fc.constantFrom('version', 'urls', 'a/b'), text, { maxKeys: 2 }),
    keywords: fc.array(text, { maxLength: 3 }),
  },
  { requiredKeys: ['version', 'urls'] },
)
const charts = fc.dictionary(
  fc.constantFrom('web', 'api-2', '1password', 'null', '12', '1e3', 'entries', 'version', 'a.b', 'a b', 'x/y'),
  fc.array(entry, { maxLength: 3 }),
  { maxKeys: 4 },
)

test('whatever a tool writes into an index, in YAML or in JSON, is read from its pieces as from the whole', async () => {
  await using folder = await temporaryFolder('index')
  const path = join(folder.path, 'index.yaml')
  const forms = [
    (index: object) => JSON.stringify(index),
    (index: object) => JSON.stringify(index, undefined, 2),
    (index: object) => stringify(index, { aliasDuplicateObjects: false }),
    (index: object) => stringify(index, { indentSeq: false, aliasDuplicateObjects: false }),
    (index: object) => stringify(index, { indent: 4, lineWidth: 20, aliasDuplicateObjects: false }),
    (index: object) => stringify(index, { defaultStringType: 'QUOTE_DOUBLE', aliasDuplicateObjects: false }),
    (index: object) => stringify(index, { collectionStyle: 'flow', aliasDuplicateObjects: false }),
    (index: object) => stringify(index),
  ]
  await fc.assert(
    fc.asyncProperty(charts, text, fc.nat(forms.length - 1), async (entries, note, form) => {
      for (const index of [
        { apiVersion: 'v1', entries, generated: note },
        { annotations: { entries: note }, entries },
      ]) {
        const written = forms[form]?.(index) ?? ''
        // The writer makes some flow style that the parser does not take back.
        const document = parseDocument(written)
        fc.pre(document.errors.length === 0)
        const whole: { readonly entries: typeof entries } = document.toJS()
        const expected = Object.fromEntries(
          Object.entries(whole.entries).map(([name, list]) => [
            name,
            list.map(({ version, urls }) => ({ version, urls })),
          ]),
        )
        await writeFile(path, written)
        assert.deepEqual(await readIndex(path), expected, written)
      }
    }),
    { numRuns: 300 },
  )
})

test('any text is an index or none, and says so by its code', async () => {
  await using folder = await temporaryFolder('index')
  const path = join(folder.path, 'index.yaml')
  const lines = fc.array(
    fc.constantFrom(
      'entries:',
      '  web:',
      '  - version: 1.0.0',
      '    urls: [a]',
      '  web: []',
      '- x',
      '{"entries":{"a":[',
      ']}}',
      '  "a',
      '\t',
      '---',
      '&a',
      '  - *a',
      'entries: {}',
      ' x: y',
      '   z:',
    ),
    { maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(lines, async (written) => {
      await writeFile(path, written.join('\n'))
      try {
        await readIndex(path)
      } catch (error) {
        assert.ok(error instanceof CodedError || (error instanceof Error && /^YAML/.test(error.name)), String(error))
      }
    }),
  )
})
