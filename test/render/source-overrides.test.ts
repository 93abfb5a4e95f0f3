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

test('a version of kustomize that Argo CD does not have is an error, wherever it is asked for', async () => {
  const source = await kustomization({ '.argocd-source.yaml': 'kustomize: {version: v1.2.3}\n' })
  const withVersions = (...versions: readonly string[]) => ({ kustomizeSettings: { buildOptions: [], versions } })
  const failure = renderFailure([{ ...source, options: withVersions('v4.5.7') }])
  assert.equal(failure.code, 'GDE_ARGOCD_INVALID')
  assert.match(failure.message, /"v1\.2\.3" of kustomize is not registered/)
  assert.deepEqual(namesOf(render([source])), ['Pod web'], 'without Argo CD')
  const registered = render([{ ...source, options: withVersions('v1.2.3') }])
  assert.deepEqual(namesOf(registered), ['Pod web'])
  assert.deepEqual(
    registered.warnings.map(({ code }) => code),
    ['GDE_ARGOCD_SETTING'],
  )
  const none = await kustomization({ '.argocd-source.yaml': 'kustomize: {version: null}\n' })
  const asked = { kustomize: { version: 'v9' }, ...withVersions() }
  assert.deepEqual(namesOf(render([{ ...none, options: asked }])), ['Pod web'])
  assert.match(renderFailure([{ ...(await kustomization({})), options: asked }]).message, /"v9"/)
})

test('what argocd-cm says of kustomize is overridden by no file', async () => {
  const source = await kustomization({
    '.argocd-source.yaml': 'kustomize: {buildOptions: [--load-restrictor=LoadRestrictionsNone]}\n',
    'kustomization.yaml': 'resources: [../outside.yaml]\n',
  })
  const outside = await repository.commit({ 'outside.yaml': POD })
  assert.ok(renderFailure([{ ...source, tree: outside }]).code.startsWith('GDE_RENDER'))
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
