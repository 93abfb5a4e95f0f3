import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildProgram } from '../build/program.ts'
import { isJsonObject, type JsonObject } from '../src/model/json.ts'
import { moduleFile } from '../test/record/stage.ts'
import { type ArgoCd, startArgoCd } from '../test/servers/argocd.ts'
import { temporaryFolder } from '../test/servers/folder.ts'
import { startGitServer } from '../test/servers/git-http-backend.ts'
import { type KubeApiServer, startKubeApiServer } from '../test/servers/kube-apiserver.ts'
import { run as runProgram } from '../test/servers/run.ts'
import { buildTools } from '../test/tools/build.ts'
import { RECORD_MODULES, TOOL_MODULES } from '../test/tools/programs.ts'
import { appName, appObjects } from './fleet/app-objects.ts'
import { cpuSeconds, type MeasuredExporter, memory, startConfigured } from './fleet/exporter.ts'
import { writeRepository } from './fleet/repository.ts'
import type { BenchResult, BenchRow } from './result.ts'

const APPS = Number(process.env.ARGOCD_APPS ?? 1000)
const SETTLE_SECONDS = 60
/** Argo CD looks at each app once within its resync of 120 s and 60 s of jitter. */
const REST_SECONDS = 180
const PATIENCE_SECONDS = 3600
const APPLICATIONS = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications'

/** What was measured of one side; CPU in seconds of a core, memory in MiB. */
interface Side {
  readonly firstPassSeconds: number
  readonly firstPassCpu: number
  /** Share of a core. */
  readonly rest: number
  readonly rss: number
}

/** Processes as they are measured from outside. */
interface Processes {
  readonly cpu: () => number
  readonly rss: () => number
}

/**
 * This exporter beside Argo CD's own application controller, one after the other on the same API server and the same Applications, which are all
 * rolled out: Argo CD never has to write more than its verdicts. Each starts cold. What starting costs where there are no Applications is taken off.
 */
export async function run(): Promise<readonly BenchResult[]> {
  await buildProgram({ quiet: true })
  const isNeeded = ({ folder }: { readonly folder: string }) => /^(etcd|kube-apiserver|renderers|argocd)$/.test(folder)
  await buildTools(console.log, [...TOOL_MODULES, ...RECORD_MODULES].filter(isNeeded))
  await using folder = await temporaryFolder('argocd')
  await using server = await startKubeApiServer()
  await server.admin.installCrds(
    await Promise.all(['application', 'appproject', 'applicationset'].map((kind) => definition(kind))),
  )
  const bare = join(folder.path, 'git/platform.git')
  writeRepository(join(folder.path, 'repository'), APPS)
  await runProgram('git', ['clone', '--quiet', '--bare', join(folder.path, 'repository'), bare])
  await using git = await startGitServer({ root: join(folder.path, 'git') })
  const startedTheirs = await startOfArgoCd(server, join(folder.path, 'argocd-start'))
  const startedOurs = await startOfExporter(server, git.url, join(folder.path, 'exporter-start'))
  await rollOut(server, `${git.url}/platform.git`)
  const theirs = await measureArgoCd(server, join(folder.path, 'argocd'))
  const ours = await measureExporter(server, git.url, join(folder.path, 'exporter'))
  return [result(theirs, startedTheirs, ours, startedOurs)]
}

async function definition(kind: string): Promise<string> {
  const file = `manifests/crds/${kind}-crd.yaml`
  return readFile(await moduleFile('argocd', 'github.com/argoproj/argo-cd/v3', file), 'utf8')
}

/** Objects and Applications as Argo CD leaves them behind. */
async function rollOut({ admin }: KubeApiServer, repoURL: string): Promise<void> {
  for (let index = 0; index < APPS; index += 1) {
    const name = appName(index)
    await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    await Promise.all(appObjects(index).map((object) => admin.apply(tracked(object, name), 'argocd-controller')))
    await admin.apply({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name, namespace: 'argocd' },
      spec: {
        project: 'default',
        source: { repoURL, targetRevision: 'main', path: `apps/${name}` },
        destination: { server: 'https://kubernetes.default.svc', namespace: name },
      },
    })
    if (index % 100 === 99) console.log(`argocd: ${index + 1} of ${APPS} apps are rolled out`)
  }
}

/** With the annotation by which Argo CD knows what is an app's. */
function tracked(object: JsonObject, app: string): JsonObject {
  const { metadata } = object
  if (!isJsonObject(metadata)) throw new TypeError('an object has metadata')
  const [group, kind] = [String(object.apiVersion).split('/').slice(0, -1).join('/'), String(object.kind)]
  const id = `${app}:${group}/${kind}:${String(metadata.namespace)}/${String(metadata.name)}`
  return { ...object, metadata: { ...metadata, annotations: { 'argocd.argoproj.io/tracking-id': id } } }
}

async function startOfArgoCd(server: KubeApiServer, folder: string): Promise<number> {
  mkdirSync(folder)
  await using argocd = await startArgoCd(server, folder)
  return await untilCalm(processesOf(argocd))
}

async function startOfExporter(server: KubeApiServer, gitUrl: string, folder: string): Promise<number> {
  await using exporter = await startConfigured(await configOf(server, gitUrl), { folder })
  while (!(await exporter.isReady())) await sleep(100)
  return await untilCalm(ownProcess(exporter))
}

/** What a process has taken once it takes no more than a hundredth of a core over five seconds. */
async function untilCalm({ cpu }: Processes): Promise<number> {
  for (let before = cpu(); ; before = cpu()) {
    await sleep(5000)
    if (cpu() - before <= 0.05) return before
  }
}

async function measureArgoCd(server: KubeApiServer, folder: string): Promise<Side> {
  mkdirSync(folder)
  const begun = performance.now()
  await using argocd = await startArgoCd(server, folder)
  const isDone = async (): Promise<boolean> => {
    const { items } = await server.admin.request('GET', APPLICATIONS)
    const statuses = (Array.isArray(items) ? items : []).map(statusOf)
    const waiting = statuses.filter((status) => status === undefined || status === 'Unknown').length
    const wrong = statuses.filter((status) => status === 'OutOfSync').length
    if (wrong > 0) throw new Error(`${wrong} apps that are rolled out are OutOfSync`)
    return statuses.length === APPS && waiting === 0
  }
  return await measure(processesOf(argocd), begun, isDone, 2000)
}

function statusOf(application: unknown): string | undefined {
  const status = new Map(Object.entries(Object(application))).get('status')
  const sync = new Map(Object.entries(Object(status))).get('sync')
  const word = new Map(Object.entries(Object(sync))).get('status')
  return typeof word === 'string' ? word : undefined
}

async function measureExporter(server: KubeApiServer, gitUrl: string, folder: string): Promise<Side> {
  const begun = performance.now()
  await using exporter = await startConfigured(await configOf(server, gitUrl), { folder })
  const isDone = async (): Promise<boolean> =>
    (await exporter.isReady()) && (await exporter.waiting(APPS)) === 0 && (await exporter.statuses()).Synced === APPS
  return await measure(ownProcess(exporter), begun, isDone, 200)
}

async function configOf(server: KubeApiServer, gitUrl: string): Promise<object> {
  return {
    clusters: [{ name: 'in-cluster', kubeconfig: { path: await server.kubeconfig() } }],
    discovery: { argocd: [{ cluster: 'in-cluster', namespaces: ['argocd'], trustedUrls: [`${gitUrl}/*`] }] },
  }
}

async function measure(
  { cpu, rss }: Processes,
  begun: number,
  isDone: () => Promise<boolean>,
  pollMs: number,
): Promise<Side> {
  while (!(await isDone())) {
    if (performance.now() - begun > PATIENCE_SECONDS * 1000)
      throw new Error(`not all apps are judged after ${PATIENCE_SECONDS} s`)
    await sleep(pollMs)
  }
  const [firstPassSeconds, firstPassCpu] = [(performance.now() - begun) / 1000, cpu()]
  await sleep(SETTLE_SECONDS * 1000)
  const before = cpu()
  await sleep(REST_SECONDS * 1000)
  return { firstPassSeconds, firstPassCpu, rest: (cpu() - before) / REST_SECONDS, rss: rss() }
}

/** The controller with what it needs to judge: the server that renders, and the cache between them. */
function processesOf({ controller, repoServer, redis }: ArgoCd): Processes {
  const total = (each: (pid: number) => number): number =>
    [controller, repoServer, redis].reduce((sum, program) => {
      if (program.exited) throw new Error(`a part of Argo CD ended:\n${program.output()}`)
      return sum + each(program.pid)
    }, 0)
  return { cpu: () => total(cpuSeconds), rss: () => total((pid) => memory(pid, 'VmRSS')) }
}

function ownProcess(exporter: MeasuredExporter): Processes {
  return { cpu: () => exporter.cpuSeconds(), rss: () => exporter.rss().now }
}

function result(theirs: Side, startedTheirs: number, ours: Side, startedOurs: number): BenchResult {
  return {
    name: `${APPS.toLocaleString('en-US')} Applications of plain directories, beside Argo CD's own controller`,
    unit: '',
    rows: [
      { label: 'until all are judged, s', values: { ours: ours.firstPassSeconds, 'Argo CD': theirs.firstPassSeconds } },
      { label: 'start without Applications, CPU-s', values: { ours: startedOurs, 'Argo CD': startedTheirs } },
      compared(
        'first pass without start, CPU-s',
        10,
        ours.firstPassCpu - startedOurs,
        theirs.firstPassCpu - startedTheirs,
      ),
      compared('at rest, % of a core', 20, ours.rest * 100, theirs.rest * 100),
      compared('RSS, MiB', 3, ours.rss, theirs.rss),
    ],
    note: `Argo CD's side is its application controller, its repo-server and Redis. At rest is ${REST_SECONDS} s, from ${SETTLE_SECONDS} s after the last verdict on.`,
  }
}

function compared(label: string, times: number, ours: number, theirs: number): BenchRow {
  const goal = { text: `at most 1/${times} of Argo CD's`, met: ours <= theirs / times }
  return { label, values: { ours, 'Argo CD': theirs }, goal }
}
