import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { createWorkingRepository, type WorkingRepository } from '../git/working-repository.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { type KubeconfigCluster, kubeconfigText } from '../servers/kubeconfig.ts'
import { startScriptedApiServer } from '../servers/scripted-api-server.ts'
import { skipWithout } from '../tools/build.ts'
import { BAD_CLUSTERS, BAD_GIT, BAD_SOURCES, template } from './bad-inputs.ts'
import { deployedReader } from './deployed-reader.ts'
import { type Exporter, startExporter } from './exporter.ts'

/**
 * Everything that can be wrong at once, in one process with apps that are well: these get their verdicts and keep them, the others say
 * what is wrong with them, and nothing else suffers.
 */
const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl')

const configMap = (name: string, level: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { level: ${level} }\n`
const GOOD = ['plain', 'chart'] as const
const parts = new AsyncDisposableStack()
let server: KubeApiServer
let repository: WorkingRepository
let exporter: Exporter
/** Answers of /livez, and every status that the good apps had once they were well. */
const alive = new Set<number>()
const goodStatuses = new Set<string | undefined>()

before(
  async () => {
    if (skip !== false) return
    await builtProgram()
    const folder = parts.use(await temporaryFolder('bad-input')).path
    server = parts.use(await startKubeApiServer())
    await server.kubectl(['create', 'namespace', 'shop'])
    repository = await createWorkingRepository(join(folder, 'git/platform'))
    const files: Record<string, string> = { 'plain/map.yaml': configMap('plain', 'info') }
    const add = (app: string, own: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(own)) files[`${app}/${name}`] = text
    }
    add('chart', template(configMap('chart', 'info')))
    for (const [app, bad] of Object.entries(BAD_SOURCES)) {
      for (const [name, content] of Object.entries(bad.files)) {
        if (typeof content === 'string') add(app, { [name]: content })
        else await link(content.symlink, join(repository.path, app, name))
      }
    }
    await repository.commit(files)
    for (const name of GOOD) await applyMap(name, 'info')
    const kubeconfig = await deployedReader(server)

    const git = parts.use(await startGitServer({ root: join(folder, 'git') }))
    const good = `${git.url}/platform`
    const clusters = [
      { name: 'good', kubeconfig: { path: kubeconfig } },
      { name: 'no-context', kubeconfig: { path: kubeconfig, context: 'nowhere' } },
      { name: 'no-file', kubeconfig: { path: './nowhere.yaml' } },
    ]
    const app = (name: string, repository: string, path: string, cluster: string) => ({
      name,
      source: { repository, revision: 'main', path, ...BAD_SOURCES[name]?.source },
      destination: { cluster, namespace: 'shop' },
    })
    const apps = [...GOOD, ...Object.keys(BAD_SOURCES)].map((name) => app(name, good, name, 'good'))
    for (const name of ['no-context', 'no-file']) apps.push(app(name, good, 'plain', name))
    for (const [name, { behaviour }] of Object.entries(BAD_GIT)) {
      const bad = parts.use(await startGitServer({ root: join(folder, 'git') }))
      bad.behave(behaviour)
      apps.push(app(name, `${bad.url}/platform`, 'plain', 'good'))
    }
    await mkdir(join(folder, 'kubeconfigs'))
    const addCluster = async (name: string, cluster: KubeconfigCluster) => {
      const path = join(folder, 'kubeconfigs', name)
      await writeFile(path, kubeconfigText(cluster, { token: 'any' }))
      clusters.push({ name, kubeconfig: { path } })
      apps.push(app(name, good, 'plain', name))
    }
    for (const [name, { paths, answer }] of Object.entries(BAD_CLUSTERS)) {
      const bad = parts.use(await startScriptedApiServer())
      for (const path of paths) bad.answer(path, answer)
      await addCluster(name, { server: bad.url })
    }
    const closed = await startScriptedApiServer()
    await closed.close()
    await addCluster('api-refuses', { server: closed.url })
    const certificate = createCertificateAuthority().issue({ commonName: 'api', hosts: ['127.0.0.1'] })
    const untrusted = parts.use(await startScriptedApiServer(certificate))
    const other = createCertificateAuthority('another authority').certificate
    await addCluster('api-certificate', { server: untrusted.url, caData: other })
    const config = join(folder, 'config.yaml')
    await writeFile(
      config,
      JSON.stringify({
        metrics: { address: '127.0.0.1', port: 0 },
        pages: { port: 0 },
        stateDirectory: './state',
        repositories: [{ url: good, pollInterval: '1s' }],
        limits: { renderTimeout: '8s' },
        clusters,
        apps,
      }),
    )
    exporter = await startExporter(config)
    parts.defer(() => exporter.stop())
    for (const name of GOOD) await exporter.untilApp(`${name}@good`, { status: 'Synced' })
    parts.defer(watchTheGood())
  },
  { timeout: 180_000 },
)
after(() => parts.disposeAsync())

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await symlink(target, path)
}

function applyMap(name: string, level: string): Promise<unknown> {
  return server.kubectl(['apply', '--namespace=shop', '--filename=-'], { input: configMap(name, level) })
}

/** Looks at what must stay well, some times a second. @returns how to stop */
function watchTheGood(): () => Promise<void> {
  const stop = new AbortController()
  const poll = async () => {
    while (!stop.signal.aborted) {
      alive.add((await fetch(`${exporter.metricsUrl}/livez`, { signal: AbortSignal.timeout(5000) })).status)
      const apps = await exporter.apps()
      for (const name of GOOD) goodStatuses.add(apps.get(`${name}@good`)?.status)
      await sleep(200)
    }
  }
  const polling = poll()
  return async () => {
    stop.abort()
    await polling
  }
}

/** Waits until the app is Unknown for such a reason. */
async function untilReason(instance: string, wanted: RegExp): Promise<void> {
  let seen: string | undefined
  try {
    await until(instance, async () => {
      const app = (await exporter.apps()).get(instance)
      seen = app?.reason
      return app?.status === 'Unknown' && wanted.test(app.reason ?? '') ? true : undefined
    })
  } catch (error) {
    throw new Error(`${instance} was to be Unknown by ${wanted} and says ${seen}`, { cause: error })
  }
}

for (const [name, { reason, at }] of Object.entries(BAD_SOURCES))
  test(`a source that is bad is Unknown: ${name}`, { skip }, async () => {
    await untilReason(`${name}@good`, reason)
    if (at === undefined) return
    const page = await (await fetch(exporter.pagesUrl, { signal: AbortSignal.timeout(10_000) })).text()
    const rows = page.split('<tr').filter((row) => row.includes(name))
    assert.ok(
      rows.some((row) => row.includes(`${at}:`)),
      `${at} is not in ${rows.join('\n')}`,
    )
  })

for (const [name, { reason }] of Object.entries(BAD_GIT))
  test(`a Git server that misbehaves makes its app Unknown: ${name}`, { skip }, () =>
    untilReason(`${name}@good`, reason),
  )

for (const [name, { reason }] of Object.entries(BAD_CLUSTERS))
  test(`an API server that misbehaves makes its app Unknown: ${name}`, { skip }, () =>
    untilReason(`${name}@${name}`, reason),
  )

test('an API server that refuses connections makes its app Unknown', { skip }, () =>
  untilReason('api-refuses@api-refuses', /^GDE_CLUSTER_UNREACHABLE$/),
)

test('an API server whose certificate is not trusted makes its app Unknown', { skip }, () =>
  untilReason('api-certificate@api-certificate', /^GDE_CLUSTER_TLS$/),
)

for (const name of ['no-context', 'no-file'])
  test(`a kubeconfig that cannot be used makes its app Unknown: ${name}`, { skip }, () =>
    untilReason(`${name}@${name}`, /^GDE_CLUSTER_KUBECONFIG$/),
  )

test('meanwhile drift in the good ones is seen, of the cluster and of Git', { skip }, async () => {
  await applyMap('plain', 'debug')
  await exporter.untilApp('plain@good', { status: 'OutOfSync' })
  await applyMap('plain', 'info')
  await exporter.untilApp('plain@good', { status: 'Synced' })
  await repository.commit({ 'chart/templates/x.yaml': configMap('chart', 'debug') })
  await exporter.untilApp('chart@good', { status: 'OutOfSync', cause: 'git' })
  await applyMap('chart', 'debug')
  await exporter.untilApp('chart@good', { status: 'Synced' })
})

test('the good ones were never unknown, the exporter was alive all the time and met no bug', { skip }, () => {
  assert.deepEqual([...goodStatuses].toSorted(), ['OutOfSync', 'Synced'])
  assert.deepEqual([...alive], [200])
  assert.doesNotMatch(exporter.log(), /GDE_INTERNAL/)
})
