import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { CodedError } from '../../src/model/failure.ts'
import type { SourceTree } from '../../src/model/sources/rendering.ts'
import type { ArgoSourceOptions } from '../../src/model/sources/source.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { objectsOf, objectsOfText } from './objects-of-text.ts'
import { render, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

const run = promisify(execFile)
const CORPUS = join(import.meta.dirname, 'corpus')
/** What people met, beside the corpus. */
const FIELD = join(import.meta.dirname, '../e2e/field')

let repository: TestRepository
let tree: SourceTree
before(async () => {
  await withSandbox()
  repository = await testRepository()
  await repository.copy(CORPUS, '.')
  await repository.copy(FIELD, 'field')
  tree = await repository.commit()
})
after(() => repository.remove())

const EXPECTED: Readonly<Record<string, { readonly path: string; readonly options?: Partial<ArgoSourceOptions> }>> = {
  'podinfo-chart': {
    path: 'podinfo/charts/podinfo',
    options: { appName: 'podinfo', namespace: 'podinfo', helm: { skipTests: true } },
  },
  'podinfo-chart-prod': {
    path: 'podinfo/charts/podinfo',
    options: { appName: 'podinfo', namespace: 'podinfo', helm: { skipTests: true, valueFiles: ['values-prod.yaml'] } },
  },
  'boutique-helm': {
    path: 'microservices-demo/helm-chart',
    options: { appName: 'onlineboutique', namespace: 'boutique' },
  },
  'podinfo-kustomize': { path: 'podinfo/kustomize' },
  'boutique-kustomize': { path: 'microservices-demo/kustomize' },
  'boutique-kustomize-memorystore': { path: 'microservices-demo/kustomize/tests/memorystore-with-all-components' },
  'boutique-kustomize-service-mesh-istio': {
    path: 'microservices-demo/kustomize/tests/service-mesh-istio-with-all-components',
  },
  'boutique-kustomize-spanner': { path: 'microservices-demo/kustomize/tests/spanner-with-all-components' },
  'flux-example-apps-production': { path: 'flux2-kustomize-helm-example/apps/production' },
  'flux-example-apps-staging': { path: 'flux2-kustomize-helm-example/apps/staging' },
  'flux-example-infra-configs': { path: 'flux2-kustomize-helm-example/infrastructure/configs' },
  'flux-example-infra-controllers': { path: 'flux2-kustomize-helm-example/infrastructure/controllers' },
}

for (const [name, source] of Object.entries(EXPECTED)) {
  test(`${name} renders as upstream's tools rendered it`, async () => {
    const expected = objectsOfText(await readFile(join(CORPUS, 'expected', `${name}.yaml`), 'utf8'))
    assert.deepEqual(objectsOf(render([{ tree, ...source }])), expected)
  })
}

/** Folders of the corpus and of the field's cases that hold such a file. */
async function foldersWith(...names: readonly string[]): Promise<readonly string[]> {
  const below = async (root: string): Promise<readonly string[]> => {
    const entries = await readdir(root, { recursive: true, withFileTypes: true })
    const found = entries.filter((entry) => entry.isFile() && names.includes(entry.name))
    return found.map((entry) => relative(root, entry.parentPath))
  }
  const field = (await below(FIELD)).map((path) => join('field', path))
  return [...(await below(CORPUS)), ...field].sort()
}

/** What the program prints, or undefined when it fails. */
async function printed(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, args, { cwd: repository.folder, maxBuffer: 64 << 20 })
    return stdout
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && typeof error.code === 'number', String(error))
    return undefined
  }
}

/** What the renderer and the program make of the same folder: the same objects, or an error of both. */
async function compare(path: string, text: string | undefined, options: Partial<ArgoSourceOptions>): Promise<void> {
  if (text === undefined)
    assert.throws(() => render([{ tree, path, options }]), CodedError, `${path}: the program fails and we do not`)
  else assert.deepEqual(objectsOf(render([{ tree, path, options }])), objectsOfText(text), path)
}

test('every chart renders as the helm program renders it', { skip: skipWithout('helm') }, async () => {
  const charts = await foldersWith('Chart.yaml')
  let rendered = 0
  for (const path of charts) {
    const flags = ['--include-crds', '--skip-tests', '--kube-version', '1.36.0', '--namespace', 'shop']
    const text = await printed(toolPath('helm'), ['template', 'shop', path, ...flags])
    if (text !== undefined) rendered += 1
    await compare(path, text, { type: 'helm', helm: { skipTests: true } })
  }
  assert.ok(rendered >= 15, `only ${rendered} of ${charts.length} charts can be rendered`)
})

function isRemote(path: string): boolean {
  try {
    render([{ tree, path, options: { type: 'kustomize' } }])
    return false
  } catch (error) {
    return error instanceof CodedError && error.failure.code === 'GDE_RENDER_REMOTE_BASE'
  }
}

test('every kustomization builds as the kustomize program builds it', { skip: skipWithout('kustomize') }, async () => {
  const kustomizations = await foldersWith('kustomization.yaml', 'kustomization.yml', 'Kustomization')
  let built = 0
  for (const path of kustomizations) {
    // The program would ask the network for it.
    if (isRemote(path)) continue
    const text = await printed(toolPath('kustomize'), ['build', path])
    if (text !== undefined) built += 1
    await compare(path, text, { type: 'kustomize' })
  }
  assert.ok(built >= 30, `only ${built} of ${kustomizations.length} kustomizations can be built`)
})
