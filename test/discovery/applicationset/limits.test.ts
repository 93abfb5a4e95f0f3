import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APPLICATION_SET_LIMITS, type RepositoryNeed } from '../../../src/discovery/argocd/applicationset/inputs.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import fc from '../../fast-check.ts'
import { testRepository } from '../../render/test-repository.ts'
import { expand, requestFor } from './expanding.ts'
import { listOf, setOf, templateOf } from './set.ts'

/** As YAML, since that is how a set of bearable size asks for many. */
function manyElements(count: number, key: string): JsonObject {
  const elementsYaml = Array.from({ length: count }, (_, index) => `- {${key}: "${index}"}`).join('\n')
  return { list: { elements: [], elementsYaml } }
}

test('a set that would give 100,000 Applications gives none, and says so', async () => {
  const generators = [{ matrix: { generators: [manyElements(1000, 'a'), manyElements(100, 'b')] } }]
  const { applications, error } = await expand(requestFor(setOf({ generators, template: templateOf('{{a}}-{{b}}') })))
  assert.deepEqual([applications.length, error?.code, error?.reason], [0, 'GDE_TOO_LARGE', 'TooLarge'])
})

test('a selector may choose a few of many', async () => {
  const selector = { matchLabels: { a: '7', b: '9' } }
  const generators = [{ matrix: { generators: [manyElements(200, 'a'), manyElements(100, 'b')] }, selector }]
  const { applications } = await expand(requestFor(setOf({ generators, template: templateOf('{{a}}-{{b}}') })))
  assert.deepEqual(
    applications.map(({ metadata }) => metadata),
    [{ finalizers: ['resources-finalizer.argocd.argoproj.io'], name: '7-9', namespace: 'argocd' }],
  )
})

test('templates that grow, nest or take memory without end are the error of the set', async () => {
  const hostile: readonly [string, string][] = [
    ['{{ range until 100000 }}{{ repeat 10000 "x" }}{{ end }}', 'GDE_TOO_LARGE'],
    ['{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', 'GDE_APPSET_ERROR'],
    ['{{ $s := "x" }}{{ range until 40 }}{{ $s = print $s $s }}{{ end }}', 'GDE_RENDER_CRASHED'],
  ]
  for (const [text, code] of hostile) {
    const spec = { goTemplate: true, generators: [listOf({ a: 'a' })], template: templateOf(text) }
    const { applications, error } = await expand(requestFor(setOf(spec)))
    assert.deepEqual([applications.length, error?.code], [0, code], text)
  }
  const { applications } = await expand(
    requestFor(setOf({ generators: [listOf({ a: 'a' })], template: templateOf('{{a}}') })),
  )
  assert.equal(applications.length, 1)
})

test('a file that is too large is the error of the set', async (context) => {
  const repository = await testRepository()
  context.after(() => repository.remove())
  const tree = await repository.commit({ 'big.yaml': `a: ${'x'.repeat(APPLICATION_SET_LIMITS.fileBytes)}` })
  const git = { repoURL: 'https://r', revision: 'HEAD', files: [{ path: '*.yaml' }] }
  const { error } = await expand(requestFor(setOf({ generators: [{ git }], template: templateOf('a') })), tree)
  assert.equal(error?.code, 'GDE_TOO_LARGE')
})

test('repositories are asked for by revision and project, all that are known at once', async (context) => {
  const repository = await testRepository()
  context.after(() => repository.remove())
  const tree = await repository.commit({ 'apps/one/a.yaml': 'a: 1', 'env/x.json': '{"repo": "https://other"}' })
  const first = { git: { repoURL: 'https://env', revision: 'main', files: [{ path: 'env/*.json' }] } }
  const second = {
    git: { repoURL: '{{.repo}}', revision: 'v1', directories: [{ path: 'apps/*' }], pathParamPrefix: 'app' },
  }
  const third = { git: { repoURL: 'https://third', revision: '', directories: [{ path: '*' }] } }
  const generators = [{ matrix: { generators: [first, second] } }, third]
  const needs: RepositoryNeed[] = []
  const template = templateOf('{{ default .path.basename .app }}')
  await expand(requestFor(setOf({ goTemplate: true, generators, template })), tree, (need) => needs.push(need))
  assert.deepEqual(needs, [
    { url: 'https://env', revision: 'main', project: 'default' },
    { url: 'https://third', revision: '', project: 'default' },
    { url: 'https://other', revision: 'v1', project: 'default' },
  ])
})

test('a set whose project is templated reads with no project’s credentials', async () => {
  const git = { repoURL: 'https://r', revision: 'HEAD', directories: [{ path: '*' }] }
  const needs: RepositoryNeed[] = []
  const template = templateOf('a', { project: '{{path.basename}}' })
  await expand(requestFor(setOf({ generators: [{ git }], template })), undefined, (need) => needs.push(need))
  assert.deepEqual(needs, [{ url: 'https://r', revision: 'HEAD', project: '' }])
})

test('what was read of a repository is told, and no more', async (context) => {
  const repository = await testRepository()
  context.after(() => repository.remove())
  const tree = await repository.commit({ 'apps/a/x.yaml': 'x: 1', 'other/deep/y.yaml': 'y: 1' })
  const git = { repoURL: 'https://r', revision: 'HEAD', directories: [{ path: 'apps/*' }] }
  const spec = { generators: [{ git }], template: templateOf('{{path.basename}}') }
  const { dependencies } = await expand(requestFor(setOf(spec)), tree)
  assert.deepEqual(
    dependencies.map(({ source, path }) => [source, path]),
    [[0, 'apps']],
  )
})

test('no set whatsoever makes it throw', async () => {
  const names = [
    'generators',
    'template',
    'list',
    'elements',
    'git',
    'clusters',
    'matrix',
    'merge',
    'selector',
    'metadata',
    'spec',
  ]
  const json = fc.letrec<{ node: JsonObject[string] }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(fc.constantFrom('{{a}}', '{{.a}}', '{{', '', '*', null, true, 0, -1, 1e30), fc.string()),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...names, '__proto__'), fc.string()), tie('node'), { maxKeys: 4 }),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(json.node, fc.boolean(), async (spec, goTemplate) => {
      const given =
        typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? { ...spec, goTemplate } : { spec }
      const result = await expand(requestFor({ metadata: { name: 's' }, spec: given }))
      assert.ok(Array.isArray(result.applications))
    }),
    { numRuns: 300 },
  )
})
