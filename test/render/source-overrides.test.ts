import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { configMap, namesOf, render, renderFailure, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

let repository: TestRepository
before(async () => {
  await withSandbox()
  repository = await testRepository()
})
after(() => repository.remove())

const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a, image: "nginx:1"}, {name: b, image: redis}]}\n'

async function kustomization(overrides: Readonly<Record<string, string>>) {
  const tree = await repository.commit({
    app: undefined,
    'app/kustomization.yaml': 'resources: [pod.yaml]\n',
    'app/pod.yaml': POD,
    ...Object.fromEntries(Object.entries(overrides).map(([name, text]) => [`app/${name}`, text])),
  })
  return { tree, path: 'app' }
}

test('the overrides in the repository are merged into the source, those of the app last', async () => {
  const source = await kustomization({
    '.argocd-source.yaml': 'kustomize: {namePrefix: a-, images: ["nginx:2"]}\n',
    '.argocd-source-shop.yaml': 'kustomize:\n  images:\n  - nginx:3\n  - redis:4\n',
    '.argocd-source-other.yaml': 'kustomize: {namePrefix: other-}\n',
  })
  const rendering = render([{ ...source, options: { kustomize: { namePrefix: 'x-', nameSuffix: '-z' } } }])
  assert.deepEqual(namesOf(rendering), ['Pod a-web-z'])
  assert.match(JSON.stringify(rendering.objects), /nginx:3.*redis:4/)
})

test('null takes an option away', async () => {
  const source = await kustomization({ '.argocd-source.yaml': 'kustomize: {namePrefix: null}\n' })
  const kustomize = { namePrefix: 'x-', nameSuffix: '-z' }
  assert.deepEqual(namesOf(render([{ ...source, options: { kustomize } }])), ['Pod web-z'])
})

test('options for a tool make it the tool of the source', async () => {
  const tree = await repository.commit({
    'plain/.argocd-source.yaml': 'directory: {include: "b.yaml"}\n',
    'plain/a.yaml': configMap('a'),
    'plain/b.yaml': configMap('b'),
    'plain/Chart.yaml': 'name: x\n',
  })
  assert.deepEqual(namesOf(render([{ tree, path: 'plain' }])), ['ConfigMap b'])
  const failure = renderFailure([{ tree, path: 'plain', options: { type: 'helm' } }])
  assert.deepEqual([failure.code, failure.file], ['GDE_RENDER_YAML', 'plain/.argocd-source.yaml'])
})

test('overrides that cannot be understood are errors that name the file', async () => {
  const cases = {
    'kustomize: {images: nginx}': 'GDE_RENDER_YAML',
    'kustomize: {replicas: [{name: a}]}': 'GDE_RENDER_YAML',
    'helm: {parameters: [{name: 1, value: a}]}': 'GDE_RENDER_YAML',
    '- a': 'GDE_RENDER_YAML',
    'a: b: c': 'GDE_RENDER_YAML',
    'plugin: {name: x}': 'GDE_UNSUPPORTED_PLUGIN',
  }
  for (const [text, code] of Object.entries(cases)) {
    const failure = renderFailure([await kustomization({ '.argocd-source.yaml': text })])
    assert.deepEqual([failure.code, failure.file], [code, 'app/.argocd-source.yaml'], text)
  }
})

test('an empty file and fields that are not known change nothing', async () => {
  for (const text of [
    '',
    '# nothing\n',
    'kustomize: {nonsense: 1}\nrepoURL: https://elsewhere.example.com\npath: other\n',
  ])
    assert.deepEqual(namesOf(render([await kustomization({ '.argocd-source.yaml': text })])), ['Pod web'])
})
