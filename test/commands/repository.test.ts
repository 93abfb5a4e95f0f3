import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, before, beforeEach, test } from 'node:test'
import { promisify } from 'node:util'
import { spellings } from '../../src/commands/repository/checkout.ts'
import { coverageExitCode, coverageText, outcomeOf } from '../../src/commands/repository/coverage.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { helm, writeChart } from '../servers/helm.ts'
import { skipWithout } from '../tools/build.ts'
import { builtProgram, runProgram } from './program.ts'

const execute = promisify(execFile)
const ORIGIN = 'git@git.example.com:team/fleet.git'

let folder: string

before(builtProgram)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'repository-test-'))
  await git('init', '--quiet')
  await git('remote', 'add', 'origin', ORIGIN)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function git(...args: readonly string[]): Promise<void> {
  await execute('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args])
}

async function commit(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'made')
}

function application(name: string, path: string, repoURL = 'https://git.example.com/team/fleet'): string {
  return JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL, path, targetRevision: 'a-branch-that-is-not-here' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
    },
  })
}

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: greeting }\ndata: { text: hello }\n'
const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: { name: login }\nstringData: { password: hunter2 }\n'

test('an app of apps is followed from its files, at the commit that is checked out, with Secrets redacted', async () => {
  await commit({
    'root.yaml': application('root', 'generated', ORIGIN),
    'generated/kustomization.yaml': 'resources: [child.yaml]\nnamePrefix: made-\n',
    'generated/child.yaml': application('child', 'shop'),
    'shop/greeting.yaml': CONFIG_MAP,
    'shop/login.yaml': SECRET,
  })
  const { code, out, err } = await runProgram('render', '--all', folder)
  // The file of the child is what the kustomization makes of it, and no app by itself.
  assert.match(err, /100 % computed \(2 of 2\)/)
  assert.equal(code, 0)
  assert.match(out, /name: made-child/)
  assert.match(out, /text: hello/)
  assert.match(out, /name: login/)
  assert.doesNotMatch(`${out}${err}`, /hunter2|aHVudGVyMg/)
})

test('an app that points at itself, text that is no YAML and links out of the checkout end it in no other way', async () => {
  await symlink('/etc', join(folder, 'outside'))
  await symlink('/etc/hostname', join(folder, 'outside.yaml'))
  await commit({ 'self/self.yaml': application('self', 'self'), 'notes.yaml': '{{ not YAML' })
  const { code, out } = await runProgram('check', '--all', folder)
  assert.match(out, /100 % computed \(1 of 1\)/)
  assert.equal(code, 0)
  await commit({ 'broken.yaml': 'apiVersion: argoproj.io/v1alpha1\nkind: [Application\n' })
  const broken = await runProgram('check', '--all', folder)
  assert.match(broken.out, /broken\.yaml +failed/)
  assert.match(broken.out, /50 % computed \(1 of 2\); 1 failed/)
  assert.equal(broken.code, 2)
})

test('what lies elsewhere is not fetched offline, and exits with another code than what failed', async () => {
  await commit({ 'apps.yaml': application('far', 'x', 'https://elsewhere.example.com/charts') })
  const far = await runProgram('check', '--all', folder, '--offline')
  assert.match(far.out, /0 % computed \(0 of 1\); 1 needs https:\/\/elsewhere\.example\.com\/charts/)
  assert.equal(far.code, 3)
  await commit({ 'lost.yaml': application('lost', 'no-such-folder') })
  const lost = await runProgram('check', '--all', folder, '--offline', '--output', 'json')
  assert.deepEqual(JSON.parse(lost.out).coverage, { all: 2, computed: 0, needs: 1, failed: 1 })
  assert.equal(lost.code, 2)
})

test('a repository that has other URLs than its remotes is called by them', async () => {
  await commit({
    'apps.yaml': application('shop', 'shop', 'https://mirror.example.com/fleet'),
    'shop/greeting.yaml': CONFIG_MAP,
  })
  const { out } = await runProgram(
    'check',
    '--all',
    folder,
    '--offline',
    '--repository',
    'https://mirror.example.com/fleet',
  )
  assert.match(out, /100 % computed \(1 of 1\)/)
})

test('a repository of Flux for two clusters is two clusters, and every app of it is computed without a network', {
  skip: skipWithout('helm'),
}, async () => {
  await cp(join(import.meta.dirname, '../render/corpus/flux2-kustomize-helm-example'), folder, { recursive: true })
  await commit({})
  await using other = await temporaryFolder('charts')
  const charts = { podinfo: '6.9.0', 'cert-manager': '1.18.2', 'gateway-helm': '1.9.0' }
  for (const [name, version] of Object.entries(charts))
    await helm(other.path, 'package', await writeChart(other.path, name, version), '--destination', other.path)
  const config = join(other.path, 'config.yaml')
  const matches = [
    'https://stefanprodan.github.io/podinfo',
    'oci://quay.io/jetstack/charts',
    'oci://docker.io/envoyproxy',
  ]
  await writeFile(config, JSON.stringify({ charts: matches.map((match) => ({ match, folder: other.path })) }))
  const { code, out } = await runProgram('check', '--all', folder, '--offline', '--config', config)
  assert.match(out, /apps in clusters-production +computed/)
  assert.match(out, /podinfo in clusters-staging +computed/)
  assert.match(out, /100 % computed \(12 of 12\)/)
  assert.equal(code, 0)
  const { out: one } = await runProgram(
    'check',
    '--all',
    folder,
    '--offline',
    '--config',
    config,
    '--path',
    'clusters/staging',
  )
  assert.match(one, /100 % computed \(6 of 6\)/)
})

function applicationSet(
  name: string,
  generator: JsonObject,
  destination: JsonObject = { server: '{{server}}' },
): string {
  return JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name, namespace: 'argocd' },
    spec: {
      generators: [generator],
      template: {
        metadata: { name: `${name}-{{name}}` },
        spec: {
          project: 'team',
          source: { repoURL: ORIGIN, path: 'shop', targetRevision: 'main' },
          destination: { namespace: 'shop', ...destination },
        },
      },
    },
  })
}

test('sets are followed to clusters that nobody describes; those that ask for clusters need the ones of a config', async () => {
  const elements = [{ name: 'prod', server: 'https://prod.example.com' }]
  await commit({
    'sets/list.yaml': applicationSet('list', { list: { elements } }),
    'sets/named.yaml': applicationSet('named', { list: { elements } }, { name: '{{name}}' }),
    'sets/all.yaml': applicationSet('all', { clusters: { selector: { matchLabels: { stage: 'prod' } } } }),
    'shop/greeting.yaml': CONFIG_MAP,
  })
  const alone = await runProgram('check', '--all', folder, '--offline')
  assert.match(alone.err, /AppProject team is in no file: it is taken to permit everything/)
  assert.match(alone.out, /list-prod in https:\/\/prod\.example\.com +computed/)
  assert.match(alone.out, /named-prod in prod +computed/)
  assert.match(alone.out, /66 % computed \(2 of 3\); 1 needs a cluster/)
  assert.equal(alone.code, 3)
  await using other = await temporaryFolder('config')
  const config = join(other.path, 'config.yaml')
  const clusters = [{ name: 'east', labels: { stage: 'prod' }, snapshot: { path: './none' } }]
  await writeFile(config, JSON.stringify({ clusters }))
  const configured = await runProgram('check', '--all', folder, '--offline', '--config', config)
  assert.match(configured.out, /all-east in east +computed/)
  assert.match(configured.out, /list-prod +needs/)
})

test('a kustomization of apps that nothing applies is followed, and what two declare otherwise is told', async () => {
  const root = JSON.stringify({ resources: ['one.yaml', 'two.yaml'] })
  await commit({
    'bootstrap/kustomization.yaml': root,
    'bootstrap/one.yaml': application('one', 'first'),
    'bootstrap/two.yaml': application('two', 'second'),
    'first/child.yaml': application('child', 'shop'),
    'second/child.yaml': application('child', 'elsewhere'),
    'shop/greeting.yaml': CONFIG_MAP,
  })
  const { out, err, code } = await runProgram('check', '--all', folder, '--offline')
  assert.match(out, /kustomization-bootstrap in first +computed/)
  assert.match(out, /app child in .*computed/)
  assert.match(err, /Application argocd\/child: .*two.* declares it otherwise than .*one.*, which counts/)
  assert.equal(code, 0)
})

test('what applies itself once it is there is one app, and its marks are nothing that is declared otherwise', async () => {
  await commit({
    'argocd/kustomization.yaml': JSON.stringify({ resources: ['self.yaml', 'shop.yaml'] }),
    'argocd/self.yaml': application('self', 'argocd'),
    'argocd/shop.yaml': application('shop', 'shop'),
    'shop/greeting.yaml': CONFIG_MAP,
  })
  const { out, err } = await runProgram('check', '--all', folder, '--offline')
  assert.match(out, /100 % computed \(2 of 2\)/)
  assert.doesNotMatch(`${out}${err}`, /otherwise|kustomization-/)
})

test('a ConfigMap that one Kustomization applies gives another one its variables', async () => {
  const kustomization = (name: string, more: JsonObject = {}): string =>
    JSON.stringify({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name, namespace: 'flux-system' },
      spec: {
        interval: '1h',
        prune: true,
        path: `./${name}`,
        sourceRef: { kind: 'GitRepository', name: 'flux-system' },
        ...more,
      },
    })
  const substituteFrom = [{ kind: 'ConfigMap', name: 'vars' }]
  await commit({
    'cluster/vars.yaml': kustomization('vars'),
    'cluster/shop.yaml': kustomization('shop', { postBuild: { substituteFrom } }),
    'vars/vars.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: vars, namespace: flux-system }\ndata: { COLOR: blue }\n',
    'shop/shop.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop, namespace: shop }\ndata: { color: "\${COLOR}" }\n`,
  })
  const { out, err, code } = await runProgram('render', '--all', folder, '--offline')
  assert.match(err, /100 % computed \(2 of 2\)/)
  assert.match(out, /color: blue/)
  assert.equal(code, 0)
})

test('what a generator of artifacts copies out of the repository is read there, and what it puts together needs a cluster', async () => {
  const resource = (apiVersion: string, kind: string, name: string, spec: JsonObject): string =>
    JSON.stringify({
      apiVersion,
      kind,
      metadata: { name, namespace: 'flux-system' },
      spec: { interval: '1h', ...spec },
    })
  const release = (name: string): string =>
    resource('helm.toolkit.fluxcd.io/v2', 'HelmRelease', name, { chartRef: { kind: 'ExternalArtifact', name } })
  const copy = (from: string, to: string): JsonObject => ({ from: `@repo/${from}`, to: `@artifact/${to}` })
  await commit({
    'cluster/generator.yaml': resource('source.extensions.fluxcd.io/v1beta1', 'ArtifactGenerator', 'parts', {
      sources: [{ alias: 'repo', kind: 'GitRepository', name: 'flux-system' }],
      artifacts: [
        { name: 'apps', copy: [copy('apps/shop/**', 'shop/')] },
        { name: 'web', copy: [copy('charts/web/**', 'web/')] },
        { name: 'mixed', copy: [copy('charts/web/**', 'web/'), copy('apps/shop/values.yaml', 'web/values.yaml')] },
      ],
    }),
    'cluster/apps.yaml': resource('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'apps', {
      prune: true,
      path: './shop',
      sourceRef: { kind: 'ExternalArtifact', name: 'apps' },
    }),
    'cluster/web.yaml': release('web'),
    'cluster/mixed.yaml': release('mixed'),
    'apps/shop/shop.yaml': CONFIG_MAP,
    'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.2.3\n',
    'charts/web/templates/config.yaml':
      'kind: ConfigMap\napiVersion: v1\nmetadata: { name: "{{ .Release.Name }}-{{ .Chart.Name }}" }\n',
  })
  const { out, err, code } = await runProgram('render', '--all', folder, '--offline')
  assert.match(err, /66 % computed \(2 of 3\); 1 needs/)
  assert.match(out, /name: greeting/)
  assert.match(out, /name: web-web/)
  assert.equal(code, 3)
})

test('charts of kustomizations are built where no file says whether Argo CD builds them, which is told, and --path says where it begins', async () => {
  await commit({
    'prod/kustomization.yaml': JSON.stringify({ resources: ['../base'] }),
    'base/kustomization.yaml': JSON.stringify({ resources: ['root.yaml'] }),
    'base/root.yaml': application('web', 'web'),
    'other/root.yaml': application('other', 'shop'),
    'web/kustomization.yaml': JSON.stringify({
      helmGlobals: { chartHome: 'charts' },
      helmCharts: [{ name: 'web', releaseName: 'web', namespace: 'shop' }],
    }),
    'web/charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'web/charts/web/values.yaml': '{}\n',
    'web/charts/web/templates/greeting.yaml': CONFIG_MAP,
  })
  const { out, err } = await runProgram('check', '--all', folder, '--offline', '--path', 'prod')
  assert.match(out, /app web in prod +computed/)
  assert.match(out, /100 % computed \(2 of 2\)/)
  assert.match(err, /argocd-cm is in no file: kustomizations are taken to be built with --enable-helm/)
})

const CHART_OF_APPS = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: "shop-{{ .Values.stage }}", namespace: argocd }
spec:
  project: default
  source: { repoURL: ${ORIGIN}, path: shop }
  destination: { name: "{{ .Values.stage }}", namespace: shop }
`

test('an app of the config is where it begins, too, and templates outside of charts are told', async () => {
  await commit({
    'environments/Chart.yaml': 'apiVersion: v2\nname: environments\nversion: 1.0.0\n',
    'environments/values-prod.yaml': 'stage: prod\n',
    'environments/templates/apps.yaml': CHART_OF_APPS,
    'copies/apps.yaml': `{{ if .Values.on }}\n${CHART_OF_APPS}{{ end }}\n`,
    'shop/greeting.yaml': CONFIG_MAP,
  })
  await using other = await temporaryFolder('config')
  const config = join(other.path, 'config.yaml')
  const source = { repository: ORIGIN, path: 'environments', helm: { valueFiles: ['values-prod.yaml'] } }
  const root = { name: 'environments', source, destination: { cluster: 'prod', namespace: 'argocd' } }
  await writeFile(config, JSON.stringify({ clusters: [{ name: 'prod', snapshot: { path: './none' } }], apps: [root] }))
  const { out, err, code } = await runProgram('check', '--all', folder, '--offline', '--config', config)
  assert.match(out, /app shop-prod in prod +computed/)
  assert.match(out, /100 % computed \(2 of 2\)/)
  assert.match(err, /copies\/apps\.yaml is a template, and left out/)
  assert.equal(code, 0)
})

test('--all goes with no choice of apps, and render needs one of both', async () => {
  const both = await runProgram('render', '--all', folder, '--app', 'x')
  assert.match(both.err, /--all goes with nothing that chooses one app/)
  assert.equal(both.code, 2)
  assert.match((await runProgram('render')).err, /--app is needed/)
  assert.match((await runProgram('check', '--all', folder, '--diff')).err, /compares nothing/)
})

test('an origin counts by https and by ssh', () => {
  const both = ['https://git.example.com/team/fleet', 'git@git.example.com:team/fleet']
  for (const origin of [
    ORIGIN,
    'https://user:token@git.example.com/team/fleet.git',
    'ssh://git@git.example.com/team/fleet',
  ])
    assert.deepEqual(
      spellings(origin)
        .filter((one) => both.includes(one))
        .sort(),
      both.toSorted(),
    )
})

test('what is encrypted for another key needs that key, and has not failed', () => {
  const failure = { code: 'GDE_DECRYPTION_KEY', message: 'it is encrypted for age1x' } as const
  assert.deepEqual(outcomeOf(failure, []), { type: 'needs', needs: 'a key of decryption.keys', failure })
})

test('what a controller of Flux alone has needs a cluster, and has not failed', () => {
  const failure = {
    code: 'GDE_FLUX_ARTIFACT',
    message: 'Bucket flux-system/apps is to be had from Flux alone',
  } as const
  assert.deepEqual(outcomeOf(failure, []), { type: 'needs', needs: 'what only a cluster has', failure })
})

test('the coverage never says 100 while something is left, and what failed wins', () => {
  const computed = outcomeOf(undefined, [])
  const needs = outcomeOf({ code: 'GDE_CLUSTER_UNKNOWN', message: 'x' }, [])
  const failed = outcomeOf({ code: 'GDE_RENDER_HELM', message: 'x' }, [])
  const many = Array.from({ length: 999 }, () => computed)
  assert.equal(coverageText([...many, needs]), '99 % computed (999 of 1000); 1 needs a cluster')
  assert.equal(coverageText([needs, needs, failed]), '0 % computed (0 of 3); 2 need a cluster, 1 failed')
  assert.deepEqual([[computed], [computed, needs], [needs, failed]].map(coverageExitCode), [0, 3, 2])
})
