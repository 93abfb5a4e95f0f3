import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type TemporaryFolder, temporaryFolder } from '../servers/folder.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { builtProgram, runProgram } from './program.ts'

const CORPUS = join(import.meta.dirname, '../render/corpus')
const READ = ['get', 'list', 'watch'] as const
const PASSWORD = 'correct horse battery staple'

const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: rings.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Ring, plural: rings }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { size: { type: integer, default: 3 }, of: { type: string } } }
`
/** An app of every sort of object that a dump can get wrong: scopes, custom kinds, Secrets, kinds of which there is none. */
const SHOP = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1", env: [{ name: A, value: "1" }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { big: "1e400", text: "ä\\u2028" }
---
apiVersion: example.com/v1
kind: Ring
metadata: { name: one }
spec: { of: gold }
`
const APPS: Readonly<Record<string, string>> = {
  shop: SHOP,
  login: `apiVersion: v1\nkind: Secret\nmetadata: { name: login }\nstringData: { password: ${PASSWORD} }\n`,
  crds: CRD,
  // Of these kinds the cluster has none: they are missing, and nothing is unknown.
  nightly: `apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: "0 1 * * *"
  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: c, image: "c:1" }] } } } }
`,
  // The cluster does not know the kind.
  unserved: 'apiVersion: example.org/v1\nkind: Gem\nmetadata: { name: ruby }\n',
  // The cluster does not serve the version.
  old: 'apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: { name: web }\n',
}
const NOT_APPLIED = ['nightly', 'unserved', 'old']

describe('a copy of a real API server', { skip: skipWithout('kube-apiserver', 'etcd', 'kubectl', 'helm') }, () => {
  let folder: TemporaryFolder
  let server: KubeApiServer
  let reader = ''
  const path = (name: string) => join(folder.path, name)

  before(
    async () => {
      await builtProgram()
      folder = await temporaryFolder('dump')
      server = await startKubeApiServer()
      await server.kubectl(['create', 'namespace', 'shop'])
      for (const name of ['crds', ...Object.keys(APPS).filter((app) => app !== 'crds')]) {
        const file = path(`repository/${name}/all.yaml`)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, APPS[name] ?? '')
        if (NOT_APPLIED.includes(name)) continue
        await server.kubectl(['apply', '--namespace', 'shop', '--filename', file])
        if (name === 'crds') await server.kubectl(['wait', '--for=condition=Established', 'crd/rings.example.com'])
      }
      const git = (...args: readonly string[]) => run('git', ['-C', path('repository'), ...args])
      await git('init', '--quiet', '--initial-branch=main')
      await git('add', '--all')
      await git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'Apps')
      const chart = join(CORPUS, 'podinfo/charts/podinfo')
      const helm = ['install', 'podinfo', chart, '--namespace', 'shop', '--kubeconfig', await server.kubeconfig()]
      await run(toolPath('helm'), helm, { env: { HOME: folder.path } })
      await server.kubectl(['scale', 'deployment/web', '--replicas=4', '--namespace', 'shop'])
      await server.kubectl(['set', 'env', 'deployment/podinfo', 'DEBUG=1', '--namespace', 'shop'])
      await server.kubectl(['delete', 'service/web', '--namespace', 'shop'])
      const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: READ }]
      reader = (await server.addUser('reader', { clusterRules: rules })).kubeconfig
    },
    { timeout: 300_000 },
  )
  after(async () => {
    await server?.close()
    await folder?.close()
  })

  async function verdicts(access: string): Promise<readonly Verdict[]> {
    const apps = Object.keys(APPS).map(
      (name) => `  - name: ${name}
    source: { repository: "file:repository", revision: main, path: ${name} }
    destination: { cluster: one, namespace: shop }
`,
    )
    const config = path('config.yaml')
    const discovery = 'discovery: { helm: [{ cluster: one }] }'
    await writeFile(config, `clusters: [{ name: one, ${access} }]\n${discovery}\napps:\n${apps.join('')}`)
    const { out, err } = await runProgram('check', '--config', config, '--output', 'json')
    assert.equal(err, '')
    const checked: Checked = JSON.parse(out)
    assert.deepEqual(checked.problems, [])
    return checked.apps.map(({ since: _, ...app }) => app)
  }

  const live = () => verdicts(`kubeconfig: { path: ${reader} }`)
  const copied = (name: string) => verdicts(`snapshot: { path: ${name} }`)
  const statusOf = (apps: readonly Verdict[]) =>
    Object.fromEntries(apps.map((app) => [app.identity.name, app.status === 'Unknown' ? app.reason : app.status]))

  test('with all Secrets, check says of it what it says of the server, down to owners and times', async () => {
    const { code, out, err } = await runProgram(
      ...['snapshot', '--kubeconfig', reader, '--context', 'test'],
      ...['--output', path('whole'), '--secrets', 'all'],
    )
    assert.deepEqual({ code, err }, { code: 0, err: '' })
    assert.match(out, /whole: \d+ objects of \d+ kinds, [\d.]+ MB, Kubernetes v1\.\d+/)
    assert.match(out, /Secrets are in it in the clear/)
    const expected = await live()
    assert.deepEqual(statusOf(expected), {
      crds: 'Synced',
      login: 'Synced',
      nightly: 'OutOfSync',
      old: 'GDE_CLUSTER_KIND',
      podinfo: 'OutOfSync',
      shop: 'OutOfSync',
      unserved: 'GDE_CLUSTER_KIND',
    })
    assert.deepEqual(await copied('whole'), expected)
  })

  test('by default Helm releases are told like the server tells them, and other Secrets are Unknown', async () => {
    const { code, out } = await runProgram('snapshot', '--kubeconfig', reader, '--output', path('default'))
    assert.equal(code, 0)
    assert.match(out, /Of Secrets it has Helm's releases alone/)
    const [expected, found] = [await live(), await copied('default')]
    assert.deepEqual(statusOf(found), { ...statusOf(expected), login: 'GDE_SNAPSHOT_LEFT_OUT' })
    const others = (apps: readonly Verdict[]) =>
      apps.filter(({ identity }) => identity.name !== 'login').map(({ objects, cause }) => ({ objects, cause }))
    assert.deepEqual(others(found), others(expected))
    for (const file of await readdir(path('default'))) {
      const text = await readFile(join(path('default'), file), 'utf8')
      assert.ok(!text.includes(Buffer.from(PASSWORD).toString('base64')) && !text.includes(PASSWORD), file)
    }
  })

  test('nobody else can read it, and nothing is left beside it', async () => {
    assert.equal((await stat(path('whole'))).mode & 0o777, 0o700)
    for (const file of await readdir(path('whole')))
      assert.equal((await stat(join(path('whole'), file))).mode & 0o777, 0o600, file)
    assert.deepEqual(
      (await readdir(folder.path)).filter((name) => name.startsWith('.whole')),
      [],
    )
  })

  test('what may not be listed is named once, and is Unknown for the reason that it had', async () => {
    const rules = [{ apiGroups: ['', 'apiextensions.k8s.io', 'example.com', 'batch'], resources: ['*'], verbs: READ }]
    const { kubeconfig } = await server.addUser('half', { clusterRules: rules })
    const { code, err } = await runProgram('snapshot', '--kubeconfig', kubeconfig, '--output', path('half'))
    assert.equal(code, 1)
    const lines = err.trimEnd().split('\n')
    assert.equal(lines.filter((line) => line.startsWith('left out: Deployment.apps: ')).length, 1)
    assert.match(err, /^left out: Deployment\.apps: .*not allowed.*\(GDE_CLUSTER_FORBIDDEN\)$/m)
    assert.equal(new Set(lines).size, lines.length)
    assert.doesNotMatch(err, /ConfigMap/)
    const shop = (await copied('half')).find(({ identity }) => identity.name === 'shop')
    const states = Object.fromEntries((shop?.objects ?? []).map(({ kind, state }) => [kind, state]))
    assert.deepEqual(states, { Deployment: 'unknown', Service: 'missing', ConfigMap: 'synced', Ring: 'synced' })
  })

  for (const secrets of ['all', 'helm'] as const)
    test(`the script that it prints makes the same with kubectl, --secrets ${secrets}`, async () => {
      const name = `by-kubectl-${secrets}`
      const config = path('fleet.yaml')
      await writeFile(
        config,
        `clusters: [{ name: ${name}, kubeconfig: { path: ${reader}, context: test } }]\napps: []\n`,
      )
      const { code, out, err } = await runProgram('snapshot', '--config', config, '--secrets', secrets)
      assert.deepEqual({ code, err }, { code: 0, err: '' })
      assert.match(out, /--show-managed-fields/)
      const PATH = `${dirname(toolPath('kubectl'))}:${process.env.PATH}`
      const made = await run('sh', ['-s'], { input: out, folder: folder.path, env: { PATH, HOME: folder.path } })
      assert.doesNotMatch(made.stderr, /could not be listed|do not answer/)
      const [expected, found] = [await live(), await copied(name)]
      const login = secrets === 'all' ? 'Synced' : 'GDE_SNAPSHOT_LEFT_OUT'
      // kubectl does not say what is served: a kind that is not is one that was not dumped.
      assert.deepEqual(statusOf(found), {
        ...statusOf(expected),
        login,
        unserved: 'GDE_SNAPSHOT_KIND',
        old: 'OutOfSync',
      })
      const others = (apps: readonly Verdict[]) =>
        apps
          .filter(({ identity }) => !['login', 'unserved', 'old'].includes(identity.name))
          .map(({ objects, cause }) => ({ objects, cause }))
      assert.deepEqual(others(found), others(expected))
    })

  test('a script over a kind that kubectl may not list goes on, and says so in the snapshot', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps', 'secrets', 'services'], verbs: READ }]
    const { kubeconfig } = await server.addUser('little', { clusterRules: rules })
    const { out } = await runProgram('snapshot', '--kubeconfig', kubeconfig, '--context', "it's; a $(test)")
    assert.match(out, /^dump \.\/it-s-a-test- --kubeconfig=\S+ '--context=it'\\''s; a \$\(test\)'$/m)
    const plain = await runProgram('snapshot', '--kubeconfig', kubeconfig, '--context', 'test')
    const PATH = `${dirname(toolPath('kubectl'))}:${process.env.PATH}`
    const made = await run('sh', ['-s'], { input: plain.out, folder: folder.path, env: { PATH, HOME: folder.path } })
    assert.match(made.stderr, /test: deployments\.apps could not be listed/)
    const shop = (await copied('test')).find(({ identity }) => identity.name === 'shop')
    const states = Object.fromEntries((shop?.objects ?? []).map(({ kind, state }) => [kind, state]))
    assert.equal(states.Deployment, 'unknown')
    assert.equal(states.ConfigMap, 'synced')
    assert.equal(states.Service, 'missing')
  })
})

interface Verdict {
  readonly identity: { readonly name: string }
  readonly status: string
  readonly reason: string | null
  readonly message: string | null
  readonly cause: string | null
  readonly objects: readonly { readonly kind: string; readonly state: string }[]
}
interface Checked {
  readonly apps: readonly (Verdict & { readonly since: number | null })[]
  readonly problems: readonly unknown[]
}
