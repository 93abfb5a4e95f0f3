import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ArgoSourceOptions } from '../../src/model/sources/source.ts'
import { dataOf, namesOf, render, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

// What Argo CD 3.5 calls an Application of another namespace than its own: by its instance name `namespace_name`, as the repo server
// gets it (AppName of the request), but for the Helm release (helmTemplate), which takes the name alone.

let repository: TestRepository
before(async () => {
  await withSandbox()
  repository = await testRepository()
})
after(() => repository.remove())

const APP = { appName: 'team-a_web', namespace: 'prod' }

async function renderApp(files: Readonly<Record<string, string>>, options: Partial<ArgoSourceOptions>) {
  const named = Object.entries(files).map(([name, text]) => [`app/${name}`, text])
  const tree = await repository.commit({ app: undefined, ...Object.fromEntries(named) })
  return render([{ tree, path: 'app', options: { ...APP, ...options } }])
}

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n'

test('the file with its overrides bears the instance name', async () => {
  const files = {
    'kustomization.yaml': 'resources: [a.yaml]\n',
    'a.yaml': CONFIG,
    '.argocd-source-web.yaml': 'kustomize: {namePrefix: bare-}\n',
    '.argocd-source-team-a_web.yaml': 'kustomize: {namePrefix: instance-}\n',
  }
  assert.deepEqual(namesOf(await renderApp(files, {})), ['ConfigMap instance-settings'])
  assert.deepEqual(namesOf(await renderApp(files, { appName: 'web' })), ['ConfigMap bare-settings'])
})

test('so does the environment of kustomize', async () => {
  const files = { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': CONFIG }
  const commonLabels = { app: '$ARGOCD_APP_NAME', namespace: '$ARGOCD_APP_NAMESPACE' }
  const { objects } = await renderApp(files, { kustomize: { commonLabels } })
  assert.deepEqual(objects[0]?.object.metadata.labels, { app: 'team-a_web', namespace: 'prod' })
})

test('and that of jsonnet', async () => {
  const jsonnet = 'function(name) {apiVersion: "v1", kind: "ConfigMap", metadata: {name: "a"}, data: {name: name}}'
  const tlas = [{ name: 'name', value: '$ARGOCD_APP_NAME' }]
  assert.deepEqual(dataOf(await renderApp({ 'a.jsonnet': jsonnet }, { directory: { jsonnet: { tlas } } })), {
    name: 'team-a_web',
  })
})

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'templates/a.yaml': `${CONFIG}data: {release: "{{ .Release.Name }}", app: "{{ .Values.app }}", file: "{{ .Values.file }}"}\n`,
  'values-team-a_web.yaml': 'file: instance\n',
  'values-web.yaml': 'file: bare\n',
}

test('a Helm release is called by the name alone, its parameters and value files by the instance name', async () => {
  const helm = {
    parameters: [{ name: 'app', value: '$ARGOCD_APP_NAME' }],
    valueFiles: ['values-$ARGOCD_APP_NAME.yaml'],
  }
  assert.deepEqual(dataOf(await renderApp(CHART, { helm })), { release: 'web', app: 'team-a_web', file: 'instance' })
  const { release } = dataOf(await renderApp(CHART, { helm: { ...helm, releaseName: 'mine' } }))
  assert.equal(release, 'mine')
})
