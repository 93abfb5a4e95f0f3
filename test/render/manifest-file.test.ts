import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from '../../src/kubernetes/serialization/json.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import { jsonValues } from '../../src/render/argocd/json-stream.ts'
import { manifestObjects } from '../../src/render/argocd/manifest-file.ts'
import { toRenderedObjects } from '../../src/render/rendered-objects.ts'
import fc from '../fast-check.ts'
import { configMap } from './rendering.ts'

// How Argo CD's repo server reads a manifest file that cannot be read whole (getObjsFromYAMLOrJSON).

function read(file: string, content: string | Uint8Array) {
  const warnings: Failure[] = []
  const context = { documentBytes: 1_000_000, warn: (warning: Failure) => void warnings.push(warning) }
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const objects = toRenderedObjects(manifestObjects(context, bytes, file), 'unredacted', 100)
  return { names: objects.map(({ object }) => object.metadata.name), warnings }
}

const json = (name: string): string => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}`

function names(file: string, content: string): readonly unknown[] {
  return read(file, content).names
}

function failure(file: string, content: string | Uint8Array) {
  try {
    read(file, content)
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const { code, file: named, line } = error.failure
    return { code, file: named, line }
  }
  throw new assert.AssertionError({ message: 'it can be read' })
}

test('JSON documents in a YAML file are read one after the other, with separators or without', () => {
  assert.deepEqual(names('a.yaml', `${json('a')}${json('b')}\n\n${json('c')}`), ['a', 'b', 'c'])
  assert.deepEqual(names('a.yaml', `${json('a')}\n---\n${json('b')}\n---\n${configMap('c')}`), ['a', 'b', 'c'])
  assert.deepEqual(names('a.yaml', `\n  ${json('a')} ---\n${configMap('b')}`), ['a', 'b'])
  assert.deepEqual(names('a.yaml', `${json('a')}\nnull\n${json('b')}`), ['a', 'b'])
  assert.deepEqual(names('a.yaml', '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n'), ['a'])
})

test('a later document that is broken fails the app, whether the first ones were JSON or YAML', () => {
  const code = 'GDE_RENDER_YAML'
  assert.deepEqual(failure('a.yaml', `${json('a')}\n---\nkind: [oops\n`), { code, file: 'a.yaml', line: 4 })
  assert.deepEqual(failure('a.yaml', `${json('a')}\n{"kind": \n`), { code, file: 'a.yaml', line: 2 })
  assert.deepEqual(failure('a.yaml', `${json('a')}\n${json('b')}\n---\n${json('c')}`), {
    code,
    file: 'a.yaml',
    line: 3,
  })
  assert.deepEqual(failure('a.yml', `${configMap('a')}---\na: b: c\n`), { code, file: 'a.yml', line: 7 })
  assert.deepEqual(failure('a.yaml', `${json('a')}\n---\na: 1\n`), {
    code: 'GDE_RENDER_OBJECT',
    file: 'a.yaml',
    line: 3,
  })
})

test('a file that cannot be read from its start fails the app where it looks like a manifest', () => {
  const broken = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n'
  assert.equal(failure('a.yaml', broken).code, 'GDE_RENDER_YAML')
  const utf16 = Buffer.from(`\ufeff${broken}`, 'utf16le')
  assert.equal(failure('a.yaml', utf16).code, 'GDE_RENDER_YAML')
  const latin1 = Buffer.from(`# caf\u00e9\n${configMap('a')}`, 'latin1')
  assert.equal(failure('a.yaml', latin1).code, 'GDE_RENDER_YAML')
})

test('any other is left out with a warning that names it', () => {
  for (const content of ['a: b: c\n', '{"kind": "ConfigMap", \n', '- 1\n- 2\n', Buffer.from([0xff, 0x00, 0x41])]) {
    const { names, warnings } = read('b.yaml', content)
    assert.deepEqual(names, [])
    assert.equal(warnings[0]?.file, 'b.yaml')
    assert.match(warnings[0]?.message ?? '', /^left out: it is no manifest \(/)
  }
})

test('an empty file, or one of comments alone, says nothing', () => {
  for (const content of ['', '# nothing\n', '---\n---\n', '  \n'])
    assert.deepEqual(read('a.yaml', content).warnings, [], JSON.stringify(content))
})

test('a .json file holds one value, and anything else in it fails the app', () => {
  assert.deepEqual(names('a.json', `${json('a')}\n`), ['a'])
  const code = 'GDE_RENDER_YAML'
  assert.deepEqual(failure('a.json', `${json('a')}\n${json('b')}`), { code, file: 'a.json', line: 2 })
  assert.deepEqual(failure('a.json', `${json('a')}\n\n---\n`), { code, file: 'a.json', line: 3 })
  assert.equal(failure('a.json', `{"kind": \n`).code, code)
  assert.equal(failure('a.json', 'null').code, 'GDE_RENDER_OBJECT')
  assert.equal(failure('a.json', '{"a": 1}').code, 'GDE_RENDER_OBJECT')
  assert.equal(failure('a.json', '').code, code)
})

test('a stream of JSON gives the values that were written, however they are spaced', () => {
  const space = fc.constantFrom('', ' ', '\n', '\r\n\t')
  const items = fc.array(fc.tuple(fc.oneof(fc.object(), fc.array(fc.string())), space), { maxLength: 6 })
  fc.assert(
    fc.property(items, (written) => {
      const text = written.map(([value, spacing]) => JSON.stringify(value) + spacing).join('')
      const read = [...jsonValues(text)].map(({ value, start, end }) => [value, parseJson(text.slice(start, end))])
      const values = written.map(([value]) => parseJson(JSON.stringify(value)))
      assert.deepEqual(
        read,
        values.map((value) => [value, value]),
      )
    }),
  )
})
