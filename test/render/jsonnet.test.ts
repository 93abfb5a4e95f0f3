import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JsonnetOptions } from '../../src/model/sources/source.ts'
import { configMap, dataOf, namesOf, render, renderFailure, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

let repository: TestRepository
before(async () => {
  await withSandbox()
  repository = await testRepository()
})
after(() => repository.remove())

const LIBRARY = '{ map(name, data={}): { apiVersion: "v1", kind: "ConfigMap", metadata: { name: name }, data: data } }'

async function jsonnet(text: string, options: JsonnetOptions = {}, more: Readonly<Record<string, string>> = {}) {
  const tree = await repository.commit({
    app: undefined,
    'vendor/lib.libsonnet': LIBRARY,
    'other/lib.libsonnet': LIBRARY.replace('name: name', 'name: "other-" + name'),
    'app/a.jsonnet': text,
    ...more,
  })
  return { tree, path: 'app', options: { directory: { jsonnet: options } } }
}

test('a file makes an object or a list of objects, beside plain manifests', async () => {
  const source = await jsonnet(
    'local l = import "../vendor/lib.libsonnet"; [l.map("a"), null, l.map("b")]',
    {},
    {
      'app/b.yaml': configMap('plain'),
      'app/c.jsonnet': '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "c"}}',
    },
  )
  assert.deepEqual(namesOf(render([source])), ['ConfigMap a', 'ConfigMap b', 'ConfigMap plain', 'ConfigMap c'])
})

test('libraries are found from the root of the repository, the last one first, the own folder before all', async () => {
  const text = '(import "lib.libsonnet").map("a")'
  assert.deepEqual(namesOf(render([await jsonnet(text, { libs: ['vendor'] })])), ['ConfigMap a'])
  assert.deepEqual(namesOf(render([await jsonnet(text, { libs: ['vendor', 'other'] })])), ['ConfigMap other-a'])
  const own = await jsonnet(text, { libs: ['other'] }, { 'app/lib.libsonnet': LIBRARY })
  assert.deepEqual(namesOf(render([own])), ['ConfigMap a'])
})

test('external variables and top-level arguments are text or code, with the build environment filled in', async () => {
  const text = `function(name, count)
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: name },
      data: { count: std.toString(count + 1), env: std.extVar("env"), list: std.join("-", std.extVar("list")) } }`
  const options: JsonnetOptions = {
    tlas: [
      { name: 'name', value: '$ARGOCD_APP_NAME' },
      { name: 'count', value: '41', code: true },
    ],
    extVars: [
      { name: 'env', value: 'prod' },
      { name: 'list', value: '["a", "b"]', code: true },
    ],
  }
  const rendering = render([await jsonnet(text, options)])
  assert.deepEqual(namesOf(rendering), ['ConfigMap shop'])
  assert.deepEqual(dataOf(rendering), { count: '42', env: 'prod', list: 'a-b' })
})

test('text files and JSON are imported as they are', async () => {
  const source = await jsonnet(
    '(import "../vendor/lib.libsonnet").map("a", { text: importstr "t.txt", json: (import "j.json").x })',
    {},
    { 'app/t.txt': 'hello ü', 'app/j.json': '{"x": "y"}' },
  )
  const rendering = render([{ ...source, options: { directory: { exclude: '*.json' } } }])
  assert.deepEqual(dataOf(rendering), { text: 'hello ü', json: 'y' })
})

test('what goes wrong is an error with the file', async () => {
  const failures = {
    'error "no"': /no/,
    '{': /Expected/i,
    'import "nowhere.libsonnet"': /couldn't open import "nowhere\.libsonnet"/,
    '42': /neither an object nor an array/,
    'std.extVar("nowhere")': /Undefined external variable/i,
  }
  for (const [text, message] of Object.entries(failures)) {
    const failure = renderFailure([await jsonnet(text)])
    assert.deepEqual([failure.code, failure.file], ['GDE_RENDER_JSONNET', 'app/a.jsonnet'], text)
    assert.match(failure.message, message)
  }
})

test('an error says the line, in the file where it is, and shows nothing of the file', async () => {
  const syntax = renderFailure([await jsonnet('{\n  password: "hunter2" x }')])
  assert.deepEqual([syntax.file, syntax.line, syntax.column], ['app/a.jsonnet', 2, 23])
  assert.doesNotMatch(syntax.message, /hunter2/)
  const imported = renderFailure([await jsonnet('import "b.libsonnet"', {}, { 'app/b.libsonnet': '\nerror "no"' })])
  assert.deepEqual([imported.file, imported.line], ['app/b.libsonnet', 2])
})

test('nothing outside the repository is imported', async () => {
  for (const text of ['import "/etc/passwd"', 'importstr "../../etc/passwd"', 'importbin "../../../../etc/passwd"'])
    assert.match(renderFailure([await jsonnet(text)]).message, /outside the repository/)
  const failure = renderFailure([await jsonnet('{}', { libs: ['../outside'] })])
  assert.equal(failure.code, 'GDE_RENDER_OUTSIDE')
})
