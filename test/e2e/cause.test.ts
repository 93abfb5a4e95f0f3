import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { createWorkingRepository, type WorkingRepository } from '../git/working-repository.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'
import { check } from './check.ts'
import { deployedReader } from './deployed-reader.ts'
import { type Exporter, startExporter } from './exporter.ts'

/**
 * Who moved, Git or the cluster, where no controller reports what it applied: by what the live objects record, for both
 * ways to apply. The service, which saw it happen, and `check`, which starts from nothing afterwards, have to agree.
 */
const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl')
const APPLY_COMMANDS = {
  'client-side': ['apply'],
  'server-side': ['apply', '--server-side', '--force-conflicts', '--field-manager=kustomize-controller'],
} as const
type ApplyMethod = keyof typeof APPLY_COMMANDS

interface AppFiles {
  readonly image: string
  readonly level: string
  readonly port?: number
  readonly late?: boolean
}
const FIRST: AppFiles = { image: 'nginx:1', level: 'info', port: 80 }

/** What is in Git and what somebody does to the live objects, after FIRST was committed and applied. */
interface Scenario {
  /** Committed and applied, too, before the rest. */
  readonly applied?: AppFiles
  /** Committed and not applied. */
  readonly committed?: AppFiles
  /** Committed on top of that, and not applied either. */
  readonly committedAfter?: AppFiles
  readonly kubectl?: readonly string[]
  readonly expected: 'Synced' | 'git' | 'live' | 'both'
}

const SCALE = ['scale', 'deployment/web', '--replicas=7']
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'nothing-happens': { expected: 'Synced' },
  'commit-not-yet-applied': { committed: { ...FIRST, image: 'nginx:2' }, expected: 'git' },
  'field-gone-from-git': { committed: { image: 'nginx:1', level: 'info' }, expected: 'git' },
  'object-new-in-git': { committed: { ...FIRST, late: true }, expected: 'git' },
  'commit-applied': { applied: { ...FIRST, image: 'nginx:2' }, expected: 'Synced' },
  'commit-applied-and-reverted': { applied: { ...FIRST, image: 'nginx:2' }, committed: FIRST, expected: 'git' },
  'commit-reverted-before-it-was-applied': {
    committed: { ...FIRST, image: 'nginx:2' },
    committedAfter: FIRST,
    expected: 'Synced',
  },
  'live-edit': { kubectl: SCALE, expected: 'live' },
  'live-addition': { kubectl: ['set', 'env', 'deployment/web', 'DEBUG=1'], expected: 'live' },
  'live-field-removed': {
    kubectl: ['patch', 'deployment/web', '--type=json', '--patch=[{"op":"remove","path":"/metadata/labels/tier"}]'],
    expected: 'live',
  },
  'object-deleted-live': { kubectl: ['delete', 'configmap/settings'], expected: 'live' },
  'object-applied-later-deleted-live': {
    applied: { ...FIRST, image: 'nginx:2', late: true },
    kubectl: ['delete', 'configmap/late'],
    expected: 'live',
  },
  'one-object-new-in-git-one-deleted-live': {
    committed: { ...FIRST, late: true },
    kubectl: ['delete', 'configmap/settings'],
    expected: 'both',
  },
  'commit-and-field-removed': {
    committed: { ...FIRST, image: 'nginx:2' },
    kubectl: ['patch', 'deployment/web', '--type=json', '--patch=[{"op":"remove","path":"/metadata/labels/tier"}]'],
    expected: 'both',
  },
  'both-in-one-object': { committed: { ...FIRST, image: 'nginx:2' }, kubectl: SCALE, expected: 'both' },
  'both-in-two-objects': { committed: { ...FIRST, level: 'debug' }, kubectl: SCALE, expected: 'both' },
}

const parts = new AsyncDisposableStack()
let server: KubeApiServer
let repository: WorkingRepository
let config = ''
let exporter: Exporter

function manifests({ image, level, port, late }: AppFiles): Readonly<Record<string, string>> {
  const settings = (name: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { level: ${level} }\n`
  const ports = port === undefined ? '' : `, ports: [{ containerPort: ${port} }]`
  return {
    'settings.yaml': settings('settings'),
    'late.yaml': late === true ? settings('late') : '# not yet\n',
    'web.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { tier: front } }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "${image}"${ports} }] }
`,
  }
}

interface ScenarioApp {
  readonly app: string
  readonly method: ApplyMethod
  readonly scenario: Scenario
}

const APPS: readonly ScenarioApp[] = Object.entries(SCENARIOS).flatMap(([name, scenario]) =>
  (['client-side', 'server-side'] as const).map((method) => ({ app: `${name}-${method}`, method, scenario })),
)

/** Commits what the scenarios have at that step, all in one commit, and gives the apps that it changed. */
async function commit(step: (scenario: Scenario) => AppFiles | undefined): Promise<readonly ScenarioApp[]> {
  const files: Record<string, string> = {}
  const changed = APPS.filter(({ app, scenario }) => {
    const state = step(scenario)
    if (state === undefined) return false
    for (const [file, text] of Object.entries(manifests(state))) files[`${app}/${file}`] = text
    return true
  })
  // At the real time: `check` finds out what was applied by the times of commits.
  await repository.commit(files, { time: Math.floor(Date.now() / 1000) })
  return changed
}

async function apply(apps: readonly ScenarioApp[]): Promise<void> {
  for (const { app, method } of apps)
    await server.kubectl([...APPLY_COMMANDS[method], `--namespace=${app}`, `--filename=${join(repository.path, app)}`])
}

before(
  async () => {
    if (skip !== false) return
    await builtProgram()
    const folder = parts.use(await temporaryFolder('cause')).path
    server = parts.use(await startKubeApiServer())
    repository = await createWorkingRepository(join(folder, 'repository'))
    await commit(() => FIRST)
    const namespaces = APPS.map(({ app }) => `{ apiVersion: v1, kind: Namespace, metadata: { name: ${app} } }\n`)
    await server.kubectl(['apply', '--filename=-'], { input: namespaces.join('---\n') })
    await apply(APPS)
    const kubeconfig = await deployedReader(server)
    config = join(folder, 'config.yaml')
    const source = (path: string) => ({ repository: repository.url, revision: 'main', path })
    await writeFile(
      config,
      JSON.stringify({
        metrics: { address: '127.0.0.1', port: 0 },
        pages: { port: 0 },
        stateDirectory: './state',
        clusters: [{ name: 'real', kubeconfig: { path: kubeconfig } }],
        repositories: [{ url: repository.url, pollInterval: '1s' }],
        apps: APPS.map(({ app }) => ({
          name: app,
          source: source(app),
          destination: { cluster: 'real', namespace: app },
        })),
      }),
    )
    exporter = await startExporter(config)
    parts.defer(() => exporter.stop())
    for (const { app } of APPS) await exporter.untilApp(`${app}@real`, { status: 'Synced' })
  },
  { timeout: 180_000 },
)
after(() => parts.disposeAsync())

const EXPECTED = Object.fromEntries(APPS.map(({ app, scenario }) => [app, scenario.expected]))

async function seenCauses(): Promise<Readonly<Record<string, string | undefined>>> {
  const apps = await exporter.apps()
  return Object.fromEntries(
    [...apps].map(([instance, { status, cause }]) => [instance.replace(/@.*/, ''), cause ?? status]),
  )
}

test('the service says who moved', { skip }, async () => {
  await apply(await commit(({ applied }) => applied))
  for (const { app } of APPS) await exporter.untilApp(`${app}@real`, { status: 'Synced' })
  await commit(({ committed }) => committed)
  for (const { app, scenario } of APPS)
    if (scenario.kubectl !== undefined) await server.kubectl([...scenario.kubectl, `--namespace=${app}`])
  await commit(({ committedAfter }) => committedAfter)
  for (const { app, scenario } of APPS) {
    const { expected } = scenario
    await exporter.untilApp(
      `${app}@real`,
      expected === 'Synced' ? { status: expected } : { status: 'OutOfSync', cause: expected },
    )
  }
  assert.deepEqual(await seenCauses(), EXPECTED)
})

test('a service that was started again says the same', { skip }, async () => {
  await exporter.stop()
  exporter = await startExporter(config)
  for (const { app, scenario } of APPS)
    await exporter.untilApp(`${app}@real`, { status: scenario.expected === 'Synced' ? 'Synced' : 'OutOfSync' })
  assert.deepEqual(await seenCauses(), EXPECTED)
})

test('check, which saw nothing of it, says the same', { skip }, async () => {
  const { apps, code } = await check(config)
  assert.equal(code, 1)
  const causes = Object.fromEntries(apps.map(({ identity, status, cause }) => [identity.name, cause ?? status]))
  assert.deepEqual(causes, EXPECTED)
})

test('applying again heals what was declared, and leaves what was added', { skip }, async () => {
  await apply(APPS)
  for (const { app, scenario } of APPS)
    await exporter.untilApp(`${app}@real`, {
      status: scenario === SCENARIOS['live-addition'] ? 'OutOfSync' : 'Synced',
    })
})
