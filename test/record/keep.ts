import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Exporter, startExporter } from '../e2e/exporter.ts'
import { appKey, type ControlledApp, RECORDED_CLUSTERS, type RecordedCluster } from './controlled-apps.ts'
import { seenApps } from './measure.ts'
import { dumpCluster, RECORDINGS, REPOSITORY_URL, type Verdicts, writeObjects } from './recording.ts'
import { isGood, type ReportedStatus, reportedStatus, resourcePath, text } from './reported-status.ts'
import { type Stage, writeRecordConfig } from './stage.ts'

/** Writes what lives in the clusters and what the controllers say. */
export async function writeState(
  stage: Stage,
  apps: readonly ControlledApp[],
  name: string,
  say: (line: string) => void,
): Promise<void> {
  const entries: [string, ReportedStatus][] = []
  for (const app of apps) entries.push([appKey(app), await settledStatus(app, stage)])
  const dumps = await Promise.all(RECORDED_CLUSTERS.map((cluster) => dumpCluster(cluster, stage.servers[cluster])))
  const objects = dumps.flat()
  const bytes = await writeObjects(name, objects, replacements(stage))
  const verdicts: Verdicts = {
    recordedAt: new Date().toISOString(),
    apps: Object.fromEntries(entries),
  }
  let printed = `${JSON.stringify(verdicts, null, 1)}\n`
  for (const [from, to] of replacements(stage)) printed = printed.replaceAll(from, to)
  await writeFile(join(RECORDINGS, `${name}.json`), printed)
  const good = entries.filter(([, reported]) => isGood(reported)).length
  say(`${name}: ${objects.length} objects in ${bytes} bytes; ${good} of ${entries.length} apps as they should be`)
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

export async function startServing({ folder, servers, repositoryUrl }: Stage): Promise<Exporter> {
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

/** Waits until every app has a verdict. @throws Error with those that have none, and what the exporter logged */
export async function judged(exporter: Exporter, apps: readonly ControlledApp[]): Promise<void> {
  const deadline = performance.now() + 600_000
  for (;;) {
    const seen = await seenApps(exporter)
    const waiting = apps.filter(({ name, cluster }) => {
      const app = seen.get(`${name}@${cluster}`)
      return app?.status === undefined || app.reason === 'GDE_NOT_EVALUATED'
    })
    if (waiting.length === 0) return
    if (performance.now() > deadline)
      throw new Error(`never judged: ${waiting.map(appKey).join(', ')}\n${exporter.log().slice(-20_000)}`)
    await sleep(500)
  }
}

/** Argo CD compares after a sync when it comes to it; what is recorded is what it says after it has looked at all that is there. */
export async function refreshAll({ servers }: Stage, apps: readonly ControlledApp[]): Promise<void> {
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
