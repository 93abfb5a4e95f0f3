import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { buildSandbox } from '../../src/sandbox/build.ts'
import { builtProgram } from '../commands/program.ts'
import { type Exporter, startExporter } from '../e2e/exporter.ts'
import { at } from '../servers/http-json.ts'
import { buildTools } from '../tools/build.ts'
import { RECORD_MODULES, TOOL_MODULES } from '../tools/programs.ts'
import {
  CHANGES,
  type Change,
  type ChangeRow,
  COMMITS,
  KUSTOMIZATION_CHANGES,
  LATE_CHANGES,
  measureChange,
  seenApps,
} from './changes.ts'
import {
  appKey,
  bringsKinds,
  type ControlledApp,
  controlledApps,
  RECORDED_CLUSTERS,
  type RecordedCluster,
} from './controlled-apps.ts'
import {
  dumpCluster,
  objectName,
  RECORDINGS,
  REPOSITORY_URL,
  type RecordedObject,
  type Verdicts,
  writeObjects,
} from './recording.ts'
import { isGood, type ReportedStatus, reportedStatus, resourcePath, text } from './reported-status.ts'
import { rollOut } from './roll-out.ts'
import { type Stage, startStage, writeRecordConfig } from './stage.ts'
import { changeTable } from './table.ts'

/**
 * `npm run record`: real controllers roll real apps out over real API servers; what then lives in the clusters and what each controller says of
 * each app becomes the recording that `npm test` replays. Then people come with kubectl and commits, and both verdicts are timed.
 */
const say = (line: string): void => console.log(`record: ${line}`)
/** Argo CD asks Git every two to three minutes. */
const COMMIT_SECONDS = 240

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'no-changes': { type: 'boolean' } } })
  await buildSandbox({ compress: false })
  await buildTools(say, [
    ...TOOL_MODULES.filter(({ folder }) => /etcd|kube-apiserver|renderers/.test(folder)),
    ...RECORD_MODULES,
  ])
  await builtProgram()
  await mkdir(RECORDINGS, { recursive: true })
  await using stage = await startStage(say)
  const apps = await controlledApps(stage.repository.path)
  say(`rolling out ${apps.length} apps`)
  // Kinds first: a sync that finds its kinds missing tries again later and later.
  const [definitions, others] = [apps.filter(bringsKinds), apps.filter((app) => !bringsKinds(app))]
  const unfinished = [...(await rollOut(stage, definitions)), ...(await rollOut(stage, others))]
  say(`rolled out; not done: ${unfinished.join(', ') || 'none'}`)
  for (const program of stage.programs) if (program.exited) throw new Error(`a controller ended:\n${program.output()}`)
  // Pods, Endpoints and revisions are made after the objects that they are for.
  await sleep(10_000)
  await refreshAll(stage, apps)
  const fresh = await record(stage, apps, 'rolled-out', [])
  if (values['no-changes'] === true) return
  await using exporter = await startServing(stage)
  await judged(exporter, apps)
  const rows = await measureAll(stage, exporter, apps)
  await writeFile(join(RECORDINGS, 'changes.json'), `${JSON.stringify({ rows }, null, 1)}\n`)
  await record(stage, apps, 'changed', fresh)
  const late = await measureLate(stage, exporter, apps)
  const all = { ...rows }
  for (const [cluster, own] of Object.entries(late)) all[cluster] = [...(all[cluster] ?? []), ...own]
  await writeFile(join(RECORDINGS, 'changes.json'), `${JSON.stringify({ rows: all }, null, 1)}\n`)
  console.log(changeTable(all))
}

/** Writes what lives in the clusters and what the controllers say; of objects that are in `before` unchanged, nothing. */
async function record(
  stage: Stage,
  apps: readonly ControlledApp[],
  name: string,
  before: readonly RecordedObject[],
): Promise<readonly RecordedObject[]> {
  const entries: [string, ReportedStatus][] = []
  for (const app of apps) entries.push([appKey(app), await settledStatus(app, stage)])
  const dumps = await Promise.all(RECORDED_CLUSTERS.map((cluster) => dumpCluster(cluster, stage.servers[cluster])))
  const objects = dumps.flat()
  const versions = new Map(before.map((one) => [objectName(one), at(one.object, 'metadata', 'resourceVersion')]))
  const changed = objects.filter(
    (one) => versions.get(objectName(one)) !== at(one.object, 'metadata', 'resourceVersion'),
  )
  const left = new Set(objects.map(objectName))
  const gone = before.map(objectName).filter((one) => !left.has(one))
  const bytes = await writeObjects(name, changed, replacements(stage))
  const verdicts: Verdicts = {
    recordedAt: new Date().toISOString(),
    apps: Object.fromEntries(entries),
    ...(before.length === 0 ? {} : { gone }),
  }
  let printed = `${JSON.stringify(verdicts, null, 1)}\n`
  for (const [from, to] of replacements(stage)) printed = printed.replaceAll(from, to)
  await writeFile(join(RECORDINGS, `${name}.json`), printed)
  const good = entries.filter(([, reported]) => isGood(reported)).length
  say(`${name}: ${changed.length} objects in ${bytes} bytes; ${good} of ${entries.length} apps as they should be`)
  return objects
}

/** kustomize-controller tries again and again what fails, and says nothing of it meanwhile. */
async function settledStatus(app: ControlledApp, { servers }: Stage): Promise<ReportedStatus> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const reported = await reportedStatus(app, servers)
    if (reported.message !== 'Reconciliation in progress' || performance.now() > deadline) return reported
    await sleep(200)
  }
}

/** Addresses and tokens of servers that are gone afterwards. */
function replacements({ servers, repositoryUrl, folder }: Stage): ReadonlyMap<string, string> {
  const replaced = new Map([
    [repositoryUrl, REPOSITORY_URL],
    [folder, '/record'],
  ])
  for (const [cluster, { url, adminToken, caData }] of Object.entries(servers)) {
    const plain = (token: string, host: string) =>
      JSON.stringify({ bearerToken: token, tlsClientConfig: { caData: host } })
    const secret = Buffer.from(plain(adminToken, Buffer.from(caData).toString('base64'))).toString('base64')
    replaced.set(secret, Buffer.from(plain('gone', '')).toString('base64'))
    const address = `https://${cluster}.example.com`
    replaced.set(Buffer.from(url).toString('base64'), Buffer.from(address).toString('base64'))
    replaced.set(url, address)
  }
  return replaced
}

async function startServing({ folder, servers, repositoryUrl }: Stage): Promise<Exporter> {
  const config = join(folder, 'config.yaml')
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }]
  const access = RECORDED_CLUSTERS.map(async (name) => {
    const { kubeconfig } = await servers[name].addUser('reader', { clusterRules: rules })
    return [name, { kubeconfig: { path: kubeconfig } }] as const
  })
  const clusters: Partial<Record<RecordedCluster, object>> = Object.fromEntries(await Promise.all(access))
  const urls = Object.values(servers).map(({ url }) => `${url}*`)
  await writeRecordConfig(config, { url: repositoryUrl }, clusters, urls)
  return startExporter(config)
}

/** Waits until every app has a verdict, or says which have none. */
async function judged(exporter: Exporter, apps: readonly ControlledApp[]): Promise<void> {
  const deadline = performance.now() + 600_000
  for (;;) {
    const seen = await seenApps(exporter)
    const waiting = apps.filter(({ name, cluster }) => {
      const app = seen.get(`${name}@${cluster}`)
      return app?.status === undefined || app.reason === 'GDE_NOT_EVALUATED'
    })
    if (waiting.length === 0) return
    if (performance.now() > deadline) return say(`never judged: ${waiting.map(appKey).join(', ')}`)
    await sleep(500)
  }
}

type Rows = Record<string, readonly ChangeRow[]>

/** The instances of one app that somebody watches over: Helm looks at nothing once it has installed. */
function instancesOf({ app }: Change, apps: readonly ControlledApp[]): readonly ControlledApp[] {
  return apps.filter(({ namespace, controller }) => namespace === app && controller !== 'helm')
}

async function measureAll(stage: Stage, exporter: Exporter, apps: readonly ControlledApp[]): Promise<Rows> {
  const rows: Record<string, ChangeRow[]> = {}
  for (const change of CHANGES)
    for (const app of instancesOf(change, apps)) {
      const row = await measureChange(stage, exporter, app, change)
      say(`${app.cluster}: ${JSON.stringify(row)}`)
      rows[app.cluster] = [...(rows[app.cluster] ?? []), row]
    }
  // What Argo CD has not seen by itself it is asked to look at anew.
  await refreshAll(
    stage,
    CHANGES.flatMap((change) => instancesOf(change, apps)),
  )
  return rows
}

/** Argo CD compares after a sync when it comes to it; what is recorded is what it says after it has looked at all that is there. */
async function refreshAll({ servers }: Stage, apps: readonly ControlledApp[]): Promise<void> {
  const { admin } = servers['client-side']
  const annotation = 'argocd.argoproj.io/refresh'
  let waiting = apps.filter(({ controller }) => controller === 'argocd')
  for (const app of waiting) {
    const metadata = { annotations: { [annotation]: 'normal' } }
    await admin.request('PATCH', resourcePath(app), { metadata }, 'application/merge-patch+json')
  }
  const deadline = performance.now() + 1_200_000
  while (waiting.length > 0) {
    if (performance.now() > deadline) throw new Error(`never refreshed: ${waiting.map(appKey).join(', ')}`)
    await sleep(500)
    const left: ControlledApp[] = []
    for (const app of waiting) {
      const resource = await admin.request('GET', resourcePath(app))
      if (text(resource, 'metadata', 'annotations', annotation) !== '') left.push(app)
    }
    waiting = left
  }
}

async function measureLate(stage: Stage, exporter: Exporter, apps: readonly ControlledApp[]): Promise<Rows> {
  const rows: Record<string, ChangeRow[]> = {}
  const measure = async (change: Change, app: ControlledApp, seconds?: number) => {
    const row = await measureChange(stage, exporter, app, change, seconds)
    say(`${app.cluster}: ${JSON.stringify(row)}`)
    rows[app.cluster] = [...(rows[app.cluster] ?? []), row]
  }
  for (const change of LATE_CHANGES) for (const app of instancesOf(change, apps)) await measure(change, app)
  for (const change of KUSTOMIZATION_CHANGES)
    for (const app of instancesOf(change, apps)) if (app.controller === 'flux') await measure(change, app)
  // Flux deploys a commit as soon as its source-controller has it, which is not here to be timed.
  for (const change of COMMITS)
    for (const app of instancesOf(change, apps).filter(({ cluster }) => cluster === 'client-side'))
      await measure(change, app, COMMIT_SECONDS)
  return rows
}

await main()
