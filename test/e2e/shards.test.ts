import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { shardOf } from '../../src/model/shard.ts'
import { builtProgram, runProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { application, manifest, project, trackedConfigMap } from '../discovery/argocd/resources.ts'
import { createWorkingRepository } from '../git/working-repository.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { type Exporter, startExporter } from './exporter.ts'
import type { Sample } from './exposition.ts'

/** One process over a fleet of snapshots, and three shards over the same. */

const COUNT = 3
const CLUSTERS = Array.from({ length: 12 }, (_, index) => `prod-${index}`)
const parts = new AsyncDisposableStack()
let folder = ''
let config: (name: string, shards?: object) => Promise<string>
let whole: Exporter
let shards: readonly Exporter[]

before(
  async () => {
    await builtProgram()
    folder = parts.use(await temporaryFolder('shards')).path
    const platform = await createWorkingRepository(join(folder, 'git/platform'))
    await platform.commit({ 'shop/a.json': manifest('a'), 'shop/b.json': manifest('b'), 'web/c.json': manifest('c') })
    const server = parts.use(await startGitServer({ root: join(folder, 'git') }))
    const repoURL = `${server.url}/platform`
    const write = async (path: string, objects: readonly object[]): Promise<void> => {
      await mkdir(join(folder, 'clusters', path), { recursive: true })
      await writeFile(
        join(folder, 'clusters', path, 'all.json'),
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      )
    }
    const live = (app: string, name: string, data?: { readonly key: string }) => trackedConfigMap(app, name, data)
    for (const [index, cluster] of CLUSTERS.entries())
      await write(cluster, [
        live('shop', 'a', index % 3 === 0 ? { key: 'changed by hand' } : undefined),
        live('shop', 'b'),
        ...(index % 4 === 0 ? [] : [live(`web-${index}`, 'c')]),
      ])
    const source = { repoURL, path: 'web', targetRevision: 'main' }
    await write('control', [
      project('default'),
      ...CLUSTERS.map((name, index) =>
        application(`web-${index}`, { source, destination: { name, namespace: 'shop' } }),
      ),
      application('lost', { source, destination: { name: 'nobody-knows', namespace: 'shop' } }),
      application('nowhere', { source, destination: { server: 'https://gone.example.com', namespace: 'shop' } }),
    ])
    config = async (name, more = {}) => {
      const file = join(folder, `${name}.json`)
      const text = {
        metrics: { address: '127.0.0.1', port: 0 },
        pages: { port: 0 },
        stateDirectory: `./state-${name}`,
        ...more,
        clusters: ['control', ...CLUSTERS].map((cluster) => ({
          name: cluster,
          labels: { environment: 'prod' },
          snapshot: { path: `clusters/${cluster}`, kinds: ['*'] },
        })),
        apps: [
          {
            name: 'shop',
            source: { repository: repoURL, revision: 'main', path: 'shop' },
            destination: { clusterSelector: { matchLabels: { environment: 'prod' } }, namespace: 'shop' },
          },
        ],
        discovery: { argocd: [{ cluster: 'control', trustedUrls: [`${server.url}/*`] }] },
      }
      await writeFile(file, JSON.stringify(text))
      return file
    }
    const of = (index: number) =>
      config(`shard-${index}`, {
        shards: { count: COUNT, index },
        externalUrl: 'https://drift-{shard}.example.com',
      })
    whole = await startExporter(await config('whole'))
    parts.defer(() => whole.stop())
    const started: Exporter[] = []
    for (let index = 0; index < COUNT; index += 1) {
      const one = await startExporter(await of(index))
      parts.defer(() => one.stop())
      started.push(one)
    }
    shards = started
    for (const one of [whole, ...shards])
      await until('readiness', async () => ((await fetch(`${one.metricsUrl}/readyz`)).ok ? true : undefined))
  },
  { timeout: 180_000 },
)
after(() => parts.disposeAsync())

/** What a process says of itself and how long things took; when something happened is another time in each. */
const OF_THE_PROCESS =
  /^(process|nodejs|gitops_exporter|gitops_evaluation|gitops_detection|gitops_shard|gitops_drift_episode)|_seconds|_total$/

/** What is told of the fleet, each series once. */
function facts(samples: readonly Sample[]): readonly string[] {
  const lines = samples
    .filter(({ name }) => !OF_THE_PROCESS.test(name))
    .map(({ name, labels, value }) => `${name}${JSON.stringify(Object.entries(labels).toSorted())} ${value}`)
  return [...new Set(lines)].toSorted()
}

const appsOf = (samples: readonly Sample[]): readonly string[] =>
  samples
    .filter(({ name }) => name === 'gitops_app_info')
    .map(({ labels }) => `${labels.controller} ${labels.app_name}@${labels.dest_cluster}`)

test('what shards tell together is what one process tells', async () => {
  const all = await Promise.all(shards.map((one) => one.samples()))
  const expected = facts(await whole.samples())
  assert.ok(expected.length > 200, `${expected.length} series are no fleet`)
  assert.deepEqual(facts(all.flat()), expected)
})

test('every app is told by one shard alone, those for clusters that nobody knows too', async () => {
  const all = await Promise.all(shards.map(async (one) => appsOf(await one.samples())))
  const expected = appsOf(await whole.samples())
  assert.equal(expected.length, 2 * CLUSTERS.length + 3)
  assert.deepEqual(all.flat().toSorted(), expected.toSorted())
  assert.ok(all.every(({ length }) => length < expected.length))
})

test('each shard says which clusters it has, and reads no others but that of discovery', async () => {
  for (const [index, one] of shards.entries()) {
    const own = ['control', ...CLUSTERS].filter((cluster) => shardOf(cluster, COUNT) === index)
    const samples = await one.samples()
    const labels = (name: string) => samples.filter((sample) => sample.name === name).map((sample) => sample.labels)
    assert.deepEqual(
      labels('gitops_shard_info')
        .map(({ dest_cluster, shard, shards: count }) => [dest_cluster, shard, count])
        .toSorted(),
      own.map((cluster) => [cluster, String(index), String(COUNT)]).toSorted(),
    )
    const read = labels('gitops_cluster_up').map(({ dest_cluster }) => dest_cluster)
    assert.deepEqual(new Set(read), new Set(['control', ...own]))
  }
})

test('page and API say which shard they show, and link to the others', async () => {
  const [, one] = shards
  assert.ok(one !== undefined)
  const page = await (await fetch(one.pagesUrl)).text()
  assert.match(page, /Shard 1 of 3/)
  assert.match(page, /href="https:\/\/drift-0\.example\.com\/"/)
  assert.doesNotMatch(page, /href="https:\/\/drift-1\.example\.com\/"/)
  const answer: unknown = await (await fetch(`${one.pagesUrl}/api/v1/shards`)).json()
  const urls = [0, 1, 2].map((index) => ({ index, url: `https://drift-${index}.example.com` }))
  assert.deepEqual(answer, { index: 1, count: 3, shards: urls })
  const [info] = (await one.samples()).filter(({ name }) => name === 'gitops_exporter_build_info')
  assert.equal(info?.labels.external_url, 'https://drift-1.example.com')
  const alone: unknown = await (await fetch(`${whole.pagesUrl}/api/v1/shards`)).json()
  assert.deepEqual(alone, { index: 0, count: 1, shards: [{ index: 0, url: null }] })
  assert.doesNotMatch(await (await fetch(whole.pagesUrl)).text(), /Shard/)
})

test('check answers for the shard that is asked for', async () => {
  const file = await config('check', { shards: { count: COUNT } })
  const judged: string[] = []
  for (let index = 0; index < COUNT; index += 1) {
    const { out, err } = await runProgram('check', '--config', file, '--shard', `drift-${index}`, '--output', 'json')
    assert.equal(err.includes('GDE_INTERNAL'), false, err)
    const { shard, apps } = JSON.parse(out)
    assert.deepEqual(shard, { index, count: COUNT })
    judged.push(
      ...apps.map(
        ({ identity }: { identity: { controller: string; name: string; destination: string } }) =>
          `${identity.controller} ${identity.name}@${identity.destination}`,
      ),
    )
  }
  assert.deepEqual(judged.toSorted(), appsOf(await whole.samples()).toSorted())
  const { code, err } = await runProgram('check', '--config', file)
  assert.equal(code, 2)
  assert.match(err, /neither --shard, GITOPS_SHARD nor shards\.index/)
})
