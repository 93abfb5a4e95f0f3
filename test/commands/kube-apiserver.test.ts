import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'
import { builtProgram, runProgram } from './program.ts'

const CORPUS = join(import.meta.dirname, '../render/corpus')
const execute = promisify(execFile)

/** Apps of public repositories, each in a namespace of its own, applied as a pipeline would: what upstream's tools rendered. */
const APPS = [
  {
    name: 'podinfo',
    file: 'podinfo-chart.yaml',
    source: '{ path: podinfo/charts/podinfo, helm: { skipTests: true } }',
    apply: [],
  },
  {
    name: 'podinfo-prod',
    file: 'podinfo-chart-prod.yaml',
    source:
      '{ path: podinfo/charts/podinfo, helm: { releaseName: podinfo, valueFiles: [values-prod.yaml], skipTests: true } }',
    apply: ['--server-side'],
  },
  { name: 'podinfo-kustomize', file: 'podinfo-kustomize.yaml', source: '{ path: podinfo/kustomize }', apply: [] },
  {
    name: 'boutique',
    file: 'boutique-helm.yaml',
    source: '{ path: microservices-demo/helm-chart, helm: { releaseName: onlineboutique } }',
    apply: [],
  },
  {
    name: 'boutique-kustomize',
    file: 'boutique-kustomize.yaml',
    source: '{ path: microservices-demo/kustomize }',
    apply: ['--server-side'],
  },
] as const

const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl')
let folder = ''
let server: KubeApiServer
let config = ''

const git = (...args: readonly string[]) => execute('git', ['-C', join(folder, 'repository'), ...args])

before(
  async () => {
    if (skip !== false) return
    await builtProgram()
    folder = await mkdtemp(join(tmpdir(), 'check-'))
    await cp(CORPUS, join(folder, 'repository'), { recursive: true })
    await git('init', '--quiet', '--initial-branch=main')
    await git('config', 'user.name', 'Test')
    await git('config', 'user.email', 'test@example.com')
    await git('add', '--all')
    await git('commit', '--quiet', '--message', 'Corpus')
    server = await startKubeApiServer()
    for (const { name, file, apply } of APPS) {
      await server.kubectl(['create', 'namespace', name])
      const manifests = join(folder, file)
      const expected = await readFile(join(CORPUS, 'expected', file), 'utf8')
      // podinfo was rendered for one namespace, and is here twice.
      await writeFile(manifests, expected.replaceAll(/^( *namespace:) podinfo$/gm, `$1 ${name}`))
      await server.kubectl(['apply', ...apply, '--namespace', name, '--filename', manifests])
    }
    const { kubeconfig } = await server.addUser('reader', {
      clusterRules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }],
    })
    config = join(folder, 'config.yaml')
    // Server-side apply by kubectl writes as `kubectl`, which is a manual manager unless the app says otherwise.
    const apps = APPS.map(
      ({ name, source, apply }) => `  - name: ${name}
    source: { repository: "file:repository", revision: main, ${source.slice(1, -1)} }
    destination: { cluster: real, namespace: ${name} }
${apply.length === 0 ? '' : '    managers: [kubectl]\n'}`,
    )
    await writeFile(config, `clusters: [{ name: real, kubeconfig: { path: ${kubeconfig} } }]\napps:\n${apps.join('')}`)
  },
  { timeout: 300_000 },
)
after(async () => {
  await server?.close()
  if (folder !== '') await rm(folder, { recursive: true })
})

test('apps freshly applied to a real API server have no drift, with nothing but read rights', { skip }, async () => {
  const { code, out, err } = await runProgram('check', '--config', config, '--diff')
  assert.equal(err, '')
  assert.match(out, /5 apps: 5 Synced, 0 OutOfSync, 0 Unknown\n$/, out)
  assert.equal(code, 0)
})

test('kubectl scale, set image and delete are drift, by whom and where', { skip }, async () => {
  await server.kubectl(['scale', 'deployment/podinfo', '--replicas=4', '--namespace', 'podinfo'])
  await server.kubectl(['delete', 'service/frontend', '--namespace', 'boutique'])
  await server.kubectl(['set', 'env', 'deployment/frontend', 'DEBUG=1', '--namespace', 'boutique-kustomize'])
  const { code, out } = await runProgram('check', '--config', config, '--output', 'json')
  assert.equal(code, 1)
  const apps: readonly App[] = JSON.parse(out).apps
  assert.deepEqual(
    apps.filter(({ status }) => status !== 'Synced').map((app) => [app.identity.name, summarize(app)]),
    [
      ['boutique', ['Service/frontend missing']],
      ['boutique-kustomize', ['Deployment/frontend added /spec/template/spec/containers/0/env/10']],
      ['podinfo', ['Deployment/podinfo changed /spec/replicas']],
    ],
  )
  // A single pass does not know whether an object that is gone was deleted or is new in Git.
  const causes = apps.filter(({ identity }) => identity.name !== 'boutique').map(({ cause }) => cause)
  assert.deepEqual(causes, ['live', 'live', null, null])
})

test('a commit that was not applied is drift of Git, in the apps that it touches alone', { skip }, async () => {
  await server.kubectl(['scale', 'deployment/podinfo', '--replicas=1', '--namespace', 'podinfo'])
  const values = join(folder, 'repository/podinfo/charts/podinfo/values-prod.yaml')
  await writeFile(values, (await readFile(values, 'utf8')).replace(/^logLevel: \w+/m, 'logLevel: debug'))
  await git('commit', '--quiet', '--all', '--message', 'Debug')
  const { code, out } = await runProgram('check', '--config', config, '--app', 'podinfo', '--app', 'podinfo-prod')
  assert.equal(code, 1)
  assert.match(out, /^podinfo-prod +real +OutOfSync +git /m)
  assert.match(out, /^podinfo +real +Synced /m)
})

test('a cluster that refuses is Unknown with the reason, exit code 2', { skip }, async () => {
  const broken = join(folder, 'broken.yaml')
  const kubeconfig = await server.kubeconfig({ token: 'wrong' })
  await writeFile(broken, (await readFile(config, 'utf8')).replace(/path: \S+ \}/, `path: ${kubeconfig} }`))
  const { code, out } = await runProgram('check', '--config', broken, '--app', 'podinfo', '--timeout', '20s')
  assert.equal(code, 2)
  assert.match(out, /^podinfo +real +Unknown +GDE_CLUSTER_AUTH/m)
})

interface App {
  readonly identity: { readonly name: string }
  readonly status: string
  readonly cause: string | null
  readonly objects: readonly {
    readonly kind: string
    readonly name: string
    readonly state: string
    readonly differences: readonly { readonly path: string; readonly class: string }[]
  }[]
}

function summarize({ objects }: App): readonly string[] {
  return objects
    .filter(({ state }) => state !== 'synced')
    .flatMap(({ kind, name, state, differences }) => {
      const object = `${kind}/${name}`
      return differences.length === 0
        ? [`${object} ${state}`]
        : differences.map((one) => `${object} ${one.class} ${one.path}`.trim())
    })
}
