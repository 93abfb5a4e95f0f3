import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import type { AppReport } from '../../../src/model/fleet.ts'
import { type Runtime, startRuntime } from '../../../src/threads/runtime.ts'
import { type FleetFixture, fleetFixture, isStatus, JOURNAL, REPOSITORY_URL } from '../flux/fleet-world.ts'
import { application, applicationSet, ENTRY, IN_CLUSTER, manifest, trackedConfigMap } from './resources.ts'
import { untilFleet } from './until-fleet.ts'
import { untilSets } from './until-sets.ts'

async function layFixture(fixture: FleetFixture): Promise<void> {
  await fixture.commit({ 'apps/one/a.yaml': manifest('one'), 'apps/two/a.yaml': manifest('two') })
  const source = { repoURL: REPOSITORY_URL, targetRevision: 'main', path: 'apps/{{path.basename}}' }
  const template = {
    metadata: { name: '{{path.basename}}' },
    spec: { project: 'default', source, destination: { server: IN_CLUSTER, namespace: 'shop' } },
  }
  const git = { repoURL: REPOSITORY_URL, revision: 'main', directories: [{ path: 'apps/*' }] }
  const app = (name: string) => application(name, { source: { ...source, path: `apps/${name}` } })
  await fixture.live('control', 'argocd.yaml', [
    applicationSet('folders', { generators: [{ git }], template }),
    app('one'),
    app('two'),
  ])
  await fixture.live('control', 'live.yaml', [
    trackedConfigMap('one', 'one'),
    trackedConfigMap('two', 'two', { key: 'edited' }),
  ])
}

test('a killed engine finds everything again', async (context) => {
  const engines: Worker[] = []
  const created = (message: unknown): void => {
    const { worker } = message as { worker: Worker & { threadName?: string } }
    if (worker.threadName === 'engine') engines.push(worker)
  }
  subscribe('worker_threads', created)
  context.after(() => unsubscribe('worker_threads', created))
  await using fixture = await fleetFixture(['control'])
  await layFixture(fixture)
  fixture.follow({ argocd: [ENTRY] })
  await fixture.until('control/two', isStatus('OutOfSync'))
  const since = fixture.report('control/two')?.verdict.outOfSyncSince
  await engines[0]?.terminate()
  await fixture.live('control', 'live.yaml', [
    trackedConfigMap('one', 'one', { key: 'edited' }),
    trackedConfigMap('two', 'two', { key: 'edited again' }),
  ])
  await fixture.until('control/one', isStatus('OutOfSync'))
  await fixture.until('control/two', ({ verdict }) => verdict.objects[0]?.differences[0]?.live === 'edited again')
  await untilSets(fixture, { folders: { missing: 2, stale: 0 } })
  assert.equal(engines.length, 2)
  assert.equal(fixture.report('control/two')?.verdict.outOfSyncSince, since)
})

/** Closed at the end of the test, however it ends. */
async function running(context: TestContext, options: Parameters<typeof startRuntime>[0]): Promise<Runtime> {
  const runtime = await startRuntime(options)
  context.after(() => runtime.close())
  return runtime
}

test('after a restart, apps of a control cluster that cannot be read are as they were', async (context) => {
  await using fixture = await fleetFixture(['control'])
  await layFixture(fixture)
  const { staleAfter, limits } = fixture.settings
  const options = {
    stateDirectory: join(fixture.folder, 'state'),
    staleAfter,
    limits,
    journal: JOURNAL,
    log: () => undefined,
  }
  const request = { settings: { ...fixture.settings, discovery: { argocd: [ENTRY], flux: [], helm: [] } } }
  const two = ({ fleet }: Runtime): AppReport | undefined =>
    [...fleet.apps.values()].find(({ summary }) => summary.name === 'two')
  const first = await running(context, options)
  first.follow(request)
  const isDrifted = () => two(first)?.verdict.outcome.status === 'OutOfSync'
  await untilFleet(first, isDrifted, () => two(first)?.verdict.outcome)
  const before = two(first)
  await first.close()

  await fixture.broken('control', 'argocd.yaml')
  const second = await running(context, options)
  second.follow(request)
  await second.inventory(AbortSignal.timeout(30_000))
  const after = two(second)
  assert.deepEqual(after?.verdict.outcome, before?.verdict.outcome)
  assert.equal(after?.verdict.outOfSyncSince, before?.verdict.outOfSyncSince)
})

test('two thousand Applications at once are all found, and evaluated', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'apps/shared/a.yaml': manifest('shared') })
  const count = 2000
  const source = { repoURL: REPOSITORY_URL, targetRevision: 'main', path: 'apps/shared' }
  const names = Array.from({ length: count }, (_, index) => `app-${index}`)
  await fixture.live('control', 'live.yaml', [trackedConfigMap('app-0', 'shared')])
  await fixture.live('control', 'argocd.yaml', [application('first', { source })])
  fixture.follow({ argocd: [ENTRY] })
  await fixture.until('control/first', isStatus('OutOfSync'))
  await fixture.live('control', 'argocd.yaml', [
    application('first', { source }),
    ...names.map((name) => application(name, { source })),
  ])
  const evaluated = () =>
    [...fixture.runtime.fleet.apps.values()].filter(({ verdict }) => verdict.outcome.status !== 'Unknown').length
  await untilFleet(fixture.runtime, () => evaluated() > count, evaluated)
  assert.equal(fixture.report('control/app-0')?.verdict.outcome.status, 'Synced')
  assert.equal(fixture.report('control/app-1999')?.verdict.outcome.status, 'OutOfSync')
  assert.equal(fixture.runtime.fleet.apps.size, count + 1)
})
