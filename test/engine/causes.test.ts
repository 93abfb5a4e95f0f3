import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cause } from '../../src/model/verdicts/cause.ts'
import { app, configMap, createFixture, inventory } from './engine-fixture.ts'

/**
 * Causes found by an engine that did not see the changes: a deleted object has no managedFields, so the status of the
 * controller decides, and where there is none, Git's history and the live objects.
 */
interface Commit {
  /** Unix seconds. */
  readonly at: number
  /** Values of ConfigMaps by name. */
  readonly declares: Readonly<Record<string, string>>
}

interface Scenario {
  readonly history: readonly Commit[]
  readonly live: Readonly<Record<string, string>>
  /** When the GitOps manager wrote the live objects, Unix seconds; absent where they have no time. */
  readonly written?: number
  /** Which commit of the history the controller says that it applied. */
  readonly applied?: number
  readonly expected: Cause
}

const ONE = { one: '1' }
const BOTH = { one: '1', two: '1' }

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'an object that was declared when the others were written was deleted': {
    history: [{ at: 1000, declares: BOTH }],
    live: ONE,
    written: 2000,
    expected: 'live',
  },
  'an object that was declared later is new': {
    history: [
      { at: 1000, declares: ONE },
      { at: 3000, declares: BOTH },
    ],
    live: ONE,
    written: 2000,
    expected: 'git',
  },
  'what is live proves that a commit was applied though its clock was ahead': {
    history: [
      { at: 1000, declares: { one: '0' } },
      { at: 3000, declares: BOTH },
      { at: 4000, declares: BOTH },
    ],
    live: ONE,
    written: 2000,
    expected: 'live',
  },
  'and that those after it need not have been': {
    history: [
      { at: 1000, declares: { one: '0' } },
      { at: 3000, declares: ONE },
      { at: 3001, declares: ONE },
      { at: 3002, declares: BOTH },
    ],
    live: ONE,
    written: 2000,
    expected: 'git',
  },
  'of commits of one second the oldest that explains what is live was applied': {
    history: [
      { at: 1000, declares: ONE },
      { at: 1000, declares: BOTH },
    ],
    live: ONE,
    written: 2000,
    expected: 'git',
  },
  'a commit of the second of the write is not known to have been applied': {
    history: [
      { at: 1000, declares: ONE },
      { at: 2000, declares: BOTH },
    ],
    live: ONE,
    written: 2000,
    expected: 'git',
  },
  'the first commit was applied, or nothing of it would be there': {
    history: [{ at: 2000, declares: BOTH }],
    live: ONE,
    written: 2000,
    expected: 'live',
  },
  'without any time, what has been declared as long as what is live was deleted': {
    history: [
      { at: 1000, declares: BOTH },
      { at: 2000, declares: { ...BOTH, three: '1' } },
    ],
    live: { one: '1', three: '1' },
    expected: 'live',
  },
  'without any record, what is live is as a commit in between declared it': {
    history: [
      { at: 1000, declares: { one: '1', two: '1' } },
      { at: 2000, declares: { one: '2', two: '1' } },
      { at: 3000, declares: { one: '3', two: '1' } },
      { at: 4000, declares: { one: '4', two: '1' } },
    ],
    live: { one: '2', two: '1' },
    expected: 'git',
  },
  'without any record, what is live is as no commit declared it': {
    history: [
      { at: 1000, declares: ONE },
      { at: 2000, declares: { one: '2' } },
    ],
    live: { one: '3' },
    expected: 'live',
  },
  'where nothing is live nothing was applied': {
    history: [{ at: 1000, declares: BOTH }],
    live: {},
    expected: 'git',
  },
  'the controller says that it applied the commit that made the object, which was deleted': {
    history: [
      { at: 1000, declares: ONE },
      { at: 3000, declares: BOTH },
    ],
    live: ONE,
    written: 2000,
    applied: 1,
    expected: 'live',
  },
  'the controller says that it did not apply it yet, whatever the times say': {
    history: [
      { at: 1000, declares: ONE },
      { at: 1500, declares: BOTH },
    ],
    live: ONE,
    written: 2000,
    applied: 0,
    expected: 'git',
  },
  'the controller applied the first of three commits, and what that made was deleted': {
    history: [
      { at: 1000, declares: BOTH },
      { at: 3000, declares: { ...BOTH, three: '1' } },
      { at: 4000, declares: { ...BOTH, three: '2' } },
    ],
    live: ONE,
    written: 2000,
    applied: 0,
    expected: 'both',
  },
  'the controller applied a commit that Git took back since': {
    history: [
      { at: 1000, declares: { one: '0' } },
      { at: 1500, declares: ONE },
      { at: 3000, declares: { one: '0' } },
    ],
    live: ONE,
    written: 2000,
    applied: 1,
    expected: 'git',
  },
  'the controller applied all there is, and the value is another': {
    history: [{ at: 1000, declares: ONE }],
    live: { one: '2' },
    written: 2000,
    applied: 0,
    expected: 'live',
  },
  'one object was deleted and another is new': {
    history: [
      { at: 1000, declares: BOTH },
      { at: 3000, declares: { ...BOTH, three: '1' } },
    ],
    live: ONE,
    written: 2000,
    expected: 'both',
  },
}

function liveObject(name: string, value: string, written: number | undefined): string {
  const time = written === undefined ? undefined : new Date(written * 1000).toISOString()
  const fieldsV1 = { 'f:data': { '.': {}, 'f:value': {} } }
  const entry = { manager: 'kubectl-client-side-apply', operation: 'Update', apiVersion: 'v1', time, fieldsV1 }
  const metadata = { name, namespace: 'shop', ...(time !== undefined && { managedFields: [entry] }) }
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } })
}

for (const [title, { history, live, written, applied, expected }] of Object.entries(SCENARIOS)) {
  test(title, async (t) => {
    const fixture = await createFixture()
    t.after(() => fixture[Symbol.asyncDispose]())
    const commits: string[] = []
    let before: readonly string[] = []
    for (const { at, declares } of history) {
      const files = Object.entries(declares).map(([name, value]) => {
        const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } }
        return [`shop/${name}.json`, JSON.stringify(object)] as const
      })
      const gone = before.filter((file) => !files.some(([name]) => name === file)).map((file) => [file, undefined])
      await fixture.commit('repository', Object.fromEntries([...gone, ...files]), at)
      commits.push(fixture.git('repository', 'rev-parse', 'HEAD').trim())
      before = files.map(([file]) => file)
    }
    await fixture.live('one', 'empty.json', JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMapList', items: [] }))
    for (const [name, value] of Object.entries(live))
      await fixture.live('one', `${name}.json`, liveObject(name, value, written))
    const running = await fixture.start()
    const told = applied === undefined ? {} : { applied: [commits[applied] ?? ''] }
    running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop', ...told })]))
    const { verdict } = await running.until('shop', ({ verdict: { outcome } }) => outcome.status === 'OutOfSync')
    assert.deepEqual(verdict.outcome, { status: 'OutOfSync', cause: expected })
  })
}

for (const [manager, expected] of [
  ['kubectl-client-side-apply', 'git'],
  ['kubectl-create', 'live'],
] as const) {
  test(`an object that Git does not have and ${manager} wrote: ${expected}`, async (t) => {
    const fixture = await createFixture()
    t.after(() => fixture[Symbol.asyncDispose]())
    await fixture.commit('repository', { 'shop/one.json': configMap('one', '1') })
    const [labelKey, appName] = ['app.kubernetes.io/instance', 'shop']
    for (const name of ['one', 'two']) {
      const live = JSON.parse(liveObject(name, '1', 2000))
      live.metadata.labels = { [labelKey]: appName }
      if (name === 'two') live.metadata.managedFields[0].manager = manager
      await fixture.live('one', `${name}.json`, JSON.stringify(live))
    }
    const running = await fixture.start()
    const tracking = { method: 'label', labelKey, appName } as const
    running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop', tracking })]))
    const { verdict } = await running.until('shop', ({ verdict: { outcome } }) => outcome.status === 'OutOfSync')
    assert.deepEqual(verdict.outcome, { status: 'OutOfSync', cause: expected })
  })
}

test('drift is reported though the history does not arrive, with the cause that the objects show', async (t) => {
  const fixture = await createFixture()
  t.after(() => fixture[Symbol.asyncDispose]())
  await fixture.commit('repository', { 'shop/one.json': configMap('one', '1'), 'shop/two.json': configMap('two', '1') })
  await fixture.live('one', 'one.json', liveObject('one', '1', 2000))
  const running = await fixture.start({ historyHangs: true })
  running.engine.reconcile(inventory(fixture, [app(fixture, { name: 'shop' })]))
  const { verdict } = await running.until('shop', ({ verdict: { outcome } }) => outcome.status === 'OutOfSync')
  assert.deepEqual(verdict.outcome, { status: 'OutOfSync', cause: 'git' })
})
