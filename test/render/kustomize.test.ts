import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { printYaml, readYamlDocuments } from '../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject } from '../../src/model/json.ts'
import type { SourceTree } from '../../src/model/sources/rendering.ts'
import type { KustomizeOptions } from '../../src/model/sources/source.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { objectsOf, objectsOfText } from './objects-of-text.ts'
import { configMap, namesOf, onlyObject, render, renderFailure, withSandbox } from './rendering.ts'
import { type TestRepository, testRepository } from './test-repository.ts'

const run = promisify(execFile)

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {team: one}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25"}
      - {name: proxy, image: registry.example.com/envoy}
`

const FILES = {
  'app/kustomization.yaml': `resources: [deployment.yaml, ../base]
configMapGenerator:
- {name: settings, literals: [a=b]}
images:
- {name: nginx, newTag: "1.26", newName: mirror/nginx}
commonAnnotations: {owner: web}
labels:
- {pairs: {tier: front}, includeSelectors: false}
`,
  'app/deployment.yaml': DEPLOYMENT,
  'app/patch.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n',
  'app/components/extra/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [extra.yaml]\n',
  'app/components/extra/extra.yaml': configMap('extra'),
  'base/kustomization.yaml': 'resources: [service.yaml]\n',
  'base/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n',
}

let repository: TestRepository
let tree: SourceTree
before(async () => {
  await withSandbox()
  repository = await testRepository()
  tree = await repository.commit(FILES)
})
after(() => repository.remove())

/** What Argo CD runs for the options, in its order. */
const CASES: readonly {
  readonly title: string
  readonly options: KustomizeOptions
  readonly commands: readonly string[]
}[] = [
  { title: 'name prefix', options: { namePrefix: 'a-' }, commands: ['set nameprefix -- a-'] },
  { title: 'name suffix', options: { nameSuffix: '-z' }, commands: ['set namesuffix -- -z'] },
  { title: 'namespace', options: { namespace: 'shop' }, commands: ['set namespace -- shop'] },
  {
    title: 'images by name, tag, digest and new name',
    options: { images: ['nginx:1.27', 'registry.example.com/envoy=envoy@sha256:0123', 'unused=x:1'] },
    commands: ['set image nginx:1.27 registry.example.com/envoy=envoy@sha256:0123 unused=x:1'],
  },
  {
    title: 'images that keep what the file says',
    options: { images: ['nginx=*:9'] },
    commands: ['set image nginx=*:9'],
  },
  {
    title: 'replicas',
    options: { replicas: [{ name: 'web', count: '4' }] },
    commands: ['set replicas web=4'],
  },
  { title: 'labels', options: { commonLabels: { a: 'b', c: '' } }, commands: ['add label a:b c:'] },
  {
    title: 'labels without selectors',
    options: { commonLabels: { a: 'b' }, labelWithoutSelector: true },
    commands: ['add label --without-selector a:b'],
  },
  {
    title: 'labels without selectors, in templates',
    options: { commonLabels: { a: 'b' }, labelWithoutSelector: true, labelIncludeTemplates: true },
    commands: ['add label --without-selector --include-templates a:b'],
  },
  {
    title: 'annotations by force',
    options: { commonAnnotations: { owner: 'me' }, forceCommonAnnotations: true },
    commands: ['add annotation --force owner:me'],
  },
  {
    title: 'components',
    options: { components: ['components/extra'] },
    commands: ['add component components/extra'],
  },
  {
    title: 'everything at once',
    options: {
      namePrefix: 'a-',
      images: ['nginx:1.27'],
      replicas: [{ name: 'web', count: 2 }],
      commonLabels: { a: 'b' },
      commonAnnotations: { c: 'd' },
      namespace: 'shop',
      components: ['components/extra'],
    },
    commands: [
      'set nameprefix -- a-',
      'set image nginx:1.27',
      'set replicas web=2',
      'add label a:b',
      'add annotation c:d',
      'set namespace -- shop',
      'add component components/extra',
    ],
  },
  {
    title: 'patches by path and inline, with a target',
    options: {
      patches: [
        { path: 'patch.yaml' },
        {
          patch: '- {op: replace, path: /spec/ports/0/port, value: 8080}',
          target: { kind: 'Service', name: 'web' },
          options: { allowNameChange: true },
        },
      ],
    },
    commands: [],
  },
]

for (const { title, options, commands } of CASES) {
  test(`${title}: as kustomize edit and build make it`, { skip: skipWithout('kustomize') }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gde-kustomize-'))
    try {
      await cp(repository.folder, folder, { recursive: true })
      const app = join(folder, 'app')
      for (const command of commands) await run(toolPath('kustomize'), ['edit', ...command.split(' ')], { cwd: app })
      if (options.patches !== undefined) await appendPatches(join(app, 'kustomization.yaml'), options.patches)
      const { stdout } = await run(toolPath('kustomize'), ['build', app])
      const rendering = render([{ tree, path: 'app', options: { kustomize: options } }])
      assert.deepEqual(objectsOf(rendering), objectsOfText(stdout))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}

/** For patches there is no edit command: Argo CD writes them into the file itself. */
async function appendPatches(file: string, patches: NonNullable<KustomizeOptions['patches']>): Promise<void> {
  const kustomization = readYamlDocuments(await readFile(file, 'utf8'))[0]?.value ?? null
  assert.ok(isJsonObject(kustomization))
  await writeFile(file, printYaml({ ...kustomization, patches: JSON.parse(JSON.stringify(patches)) }))
}

test('a label that is there already is an error unless it is forced', () => {
  const kustomize = { commonAnnotations: { owner: 'me' } }
  const failure = renderFailure([{ tree, path: 'app', options: { kustomize } }])
  assert.equal(failure.code, 'GDE_RENDER_KUSTOMIZE')
  assert.match(failure.message, /already in kustomization file/)
})

test('components that are missing are an error, or left out when that is asked for', () => {
  const options = (ignoreMissingComponents: boolean) => ({
    kustomize: { components: ['components/extra', 'components/none'], ignoreMissingComponents },
  })
  assert.ok(namesOf(render([{ tree, path: 'app', options: options(true) }])).includes('ConfigMap extra'))
  assert.match(renderFailure([{ tree, path: 'app', options: options(false) }]).message, /components\/none/)
})

test('the build environment is filled in where Argo CD fills it in', () => {
  const kustomize = {
    images: ['nginx:$ARGOCD_APP_REVISION_SHORT'],
    commonLabels: { app: '$ARGOCD_APP_NAME' },
    commonAnnotations: { plain: '$ARGOCD_APP_NAME' },
  }
  const deployment = (options: KustomizeOptions) => {
    const rendering = render([{ tree, path: 'app', options: { kustomize: options } }])
    return rendering.objects.find(({ object }) => object.kind === 'Deployment')?.object ?? assert.fail('no deployment')
  }
  const text = JSON.stringify(deployment(kustomize))
  assert.match(text, new RegExp(`nginx:${tree.commit.slice(0, 7)}`))
  assert.match(text, /"app":"shop"/)
  assert.match(text, /"plain":"\$ARGOCD_APP_NAME"/)
  assert.match(JSON.stringify(deployment({ ...kustomize, commonAnnotationsEnvsubst: true })), /"plain":"shop"/)
})

test('a file outside its folder is refused, unless the build options allow it', async () => {
  const outside = await repository.commit({
    'restricted/kustomization.yaml': 'resources: [../base/service.yaml]\n',
  })
  const source = { tree: outside, path: 'restricted' }
  assert.match(renderFailure([source]).message, /is not in or below/)
  for (const buildOptions of [
    ['--load-restrictor', 'LoadRestrictionsNone'],
    ['--load-restrictor=LoadRestrictionsNone'],
  ])
    assert.deepEqual(namesOf(render([{ ...source, options: { kustomizeSettings: { buildOptions, versions: [] } } }])), [
      'Service web',
    ])
})

test('build options that change nothing here are let through, unknown ones are named', () => {
  const buildOptions = ['--enable-helm', '--helm-command', 'helm3', '--reorder=none']
  assert.ok(
    render([{ tree, path: 'app', options: { kustomizeSettings: { buildOptions, versions: [] } } }]).objects.length > 0,
  )
  const failure = renderFailure([
    { tree, path: 'app', options: { kustomizeSettings: { buildOptions: ['--nonsense'], versions: [] } } },
  ])
  assert.match(failure.message, /--nonsense/)
})

test('a remote base is an error that names it, without credentials', async () => {
  const remotes = {
    'https://user:token@git.example.com/org/repo//base?ref=v1': 'https://git.example.com/org/repo',
    'github.com/org/repo/base': 'https://github.com/org/repo',
    'git@git.example.com:org/repo.git': 'git@git.example.com:org/repo.git',
    'https://example.com/x.yaml': 'https://example.com/x.yaml',
  }
  for (const [url, shown] of Object.entries(remotes)) {
    const remote = await repository.commit({ 'remote/kustomization.yaml': `resources: ["${url}"]\n` })
    const { code, message, file } = renderFailure([{ tree: remote, path: 'remote' }])
    assert.deepEqual({ code, file }, { code: 'GDE_RENDER_REMOTE_BASE', file: 'remote/kustomization.yaml' })
    assert.equal(message, `${shown} is remote`)
  }
})

test('plugins of kustomizations are unsupported, since they run programs', async () => {
  const plugin = await repository.commit({
    'plugin/kustomization.yaml': 'generators: [generator.yaml]\n',
    'plugin/generator.yaml': 'apiVersion: someteam.example.com/v1\nkind: Generator\nmetadata: {name: x}\n',
  })
  assert.equal(renderFailure([{ tree: plugin, path: 'plugin' }]).code, 'GDE_UNSUPPORTED_PLUGIN')
})

test('the version of kustomize in a label is nothing to compare, for the controller has its own', async () => {
  const labelled = await repository.commit({
    'version/kustomization.yaml': 'resources: [x.yaml]\nbuildMetadata: [managedByLabel]\n',
    'version/x.yaml': configMap('x'),
  })
  const [rendered] = render([{ tree: labelled, path: 'version' }]).objects
  assert.deepEqual(rendered?.unstable, ['/metadata/labels/app.kubernetes.io~1managed-by'])
})

test('a base outside the repository is an error', async () => {
  const outside = await repository.commit({ 'out/kustomization.yaml': 'resources: ["../../../../../etc"]\n' })
  assert.equal(renderFailure([{ tree: outside, path: 'out' }]).code, 'GDE_RENDER_OUTSIDE')
})

test('bases that lead in a circle are an error', async () => {
  const circle = await repository.commit({
    'one/kustomization.yaml': 'resources: [../two]\n',
    'two/kustomization.yaml': 'resources: [../one]\n',
  })
  assert.match(renderFailure([{ tree: circle, path: 'one' }]).message, /cycle/)
})

const WRONG: Readonly<Record<string, readonly [files: Readonly<Record<string, string>>, file: string, line?: number]>> =
  {
    'a kustomization that is no YAML': [{ 'kustomization.yaml': '# x\nresources: [\n' }, 'kustomization.yaml', 2],
    'a field that is not known': [{ 'kustomization.yaml': 'resorces: []\n' }, 'kustomization.yaml'],
    'a base that is no YAML': [
      { 'kustomization.yaml': 'resources: [base]\n', 'base/kustomization.yml': 'resources: [\n' },
      'base/kustomization.yml',
      1,
    ],
    'a resource that is no YAML': [
      { 'kustomization.yaml': 'resources: [x.yaml]\n', 'x.yaml': 'kind: Secret\nstringData:\n  p: hunter2: x\n' },
      'x.yaml',
      3,
    ],
    'a resource of a base that is no YAML': [
      {
        'kustomization.yaml': 'resources: [base]\n',
        'base/kustomization.yaml': 'resources: [x.yaml]\n',
        'base/x.yaml': 'a: [\n',
      },
      'base/x.yaml',
      1,
    ],
    'a resource that is not there': [{ 'kustomization.yaml': 'resources: [x.yaml]\n' }, 'kustomization.yaml'],
    'a literal without a key': [
      { 'kustomization.yaml': 'secretGenerator: [{name: s, literals: [hunter2]}]\n' },
      'kustomization.yaml',
    ],
    'an inline patch that is none': [
      { 'kustomization.yaml': 'patches: [{patch: "password: hunter2"}]\n' },
      'kustomization.yaml',
    ],
  }

for (const [what, [files, file, line]] of Object.entries(WRONG))
  test(`${what} is an error that says where, and quotes nothing that may be a secret`, async () => {
    const wrong = await repository.commit({
      wrong: undefined,
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`wrong/${name}`, text])),
    })
    const failure = renderFailure([{ tree: wrong, path: 'wrong' }])
    assert.deepEqual(
      { code: failure.code, file: failure.file, line: failure.line },
      { code: 'GDE_RENDER_KUSTOMIZE', file: `wrong/${file}`, line },
    )
    assert.doesNotMatch(failure.message, /hunter2/)
  })

test('the same kustomization renders the same the hundredth time', async () => {
  const first = objectsOf(render([{ tree, path: 'app' }]))
  for (let round = 0; round < 100; round += 1) assert.deepEqual(objectsOf(render([{ tree, path: 'app' }])), first)
})

test('a kustomization with an own OpenAPI schema changes no other one', async () => {
  const schemas = await repository.commit({
    'schema/kustomization.yaml': 'resources: [x.yaml]\nopenapi: {path: schema.json}\n',
    'schema/x.yaml': 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n',
    'schema/schema.json': '{"definitions":{}}',
  })
  const first = objectsOf(render([{ tree: schemas, path: 'app' }]))
  assert.equal(onlyObject(render([{ tree: schemas, path: 'schema' }])).kind, 'Thing')
  assert.deepEqual(objectsOf(render([{ tree: schemas, path: 'app' }])), first)
})
