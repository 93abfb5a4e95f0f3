import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { CHANGES } from './changes.ts'
import { differencesOf } from './differences.ts'
import { EXPECTED_FAILURES, KNOWN_BETTER, reasonOf } from './known-better.ts'
import { overlay, readChanges, readObjects, readVerdicts, type Verdicts } from './recording.ts'
import { type ReplayedApp, replay } from './replay.ts'
import { isGood } from './reported-status.ts'
import { assembleRepository } from './stage.ts'

/**
 * What real controllers made of real apps on real API servers (`npm run record`), judged from the recording: where the controller that rolled an
 * app out says that it is as it should be, there is nothing to tell of it, or a reason stands in known-better.ts.
 */
const parts = new AsyncDisposableStack()
let rolledOut: Recorded
let changed: Recorded

interface Recorded {
  readonly verdicts: Verdicts
  readonly apps: ReadonlyMap<string, ReplayedApp>
}

before(
  async () => {
    await builtProgram()
    const { path } = parts.use(await temporaryFolder('replay'))
    const repository = await assembleRepository(`${path}/repository`)
    const objects = await readObjects('rolled-out')
    const verdicts = await readVerdicts('rolled-out')
    rolledOut = { verdicts, apps: await replay(`${path}/rolled-out`, repository.path, objects) }
    const later = await readVerdicts('changed')
    const after = overlay(objects, await readObjects('changed'), later.gone ?? [])
    changed = { verdicts: later, apps: await replay(`${path}/changed`, repository.path, after) }
  },
  { timeout: 290_000 },
)
after(() => parts.disposeAsync())

function told({ apps }: Recorded, key: string): readonly string[] {
  const app = apps.get(key)
  return app === undefined ? ['not found'] : differencesOf(app)
}

test('what its controller calls Synced, Ready or deployed is Synced without a difference, or a reason says why not', () => {
  const good = Object.entries(rolledOut.verdicts.apps).filter(([, reported]) => isGood(reported))
  const found = good.flatMap(([key]) => (told(rolledOut, key).length === 0 ? [] : [[key, told(rolledOut, key)] as const]))
  const reasons = found.map(([key]) => [key, reasonOf(KNOWN_BETTER, key)?.told] as const)
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(reasons))
  assert.ok(good.length > 200)
})

test('what its controller calls OutOfSync or NotReady is not Synced, or a reason says why it is', () => {
  const bad = Object.entries(rolledOut.verdicts.apps).filter(([, reported]) => !isGood(reported))
  const synced = bad.map(([key]) => key).filter((key) => rolledOut.apps.get(key)?.status === 'Synced')
  assert.deepEqual(
    synced.filter((key) => reasonOf(KNOWN_BETTER, key) === undefined),
    [],
  )
  assert.ok(bad.length > 0)
})

test('every app that was rolled out is found', () => {
  const found = Object.keys(rolledOut.verdicts.apps).filter((key) => rolledOut.apps.has(key))
  assert.deepEqual(found, Object.keys(rolledOut.verdicts.apps))
})

test('what people changed is OutOfSync, whatever the controller says of it', async () => {
  const { rows } = await readChanges()
  for (const { what, app, noDrift } of CHANGES) {
    const keys = Object.keys(changed.verdicts.apps).filter((key) => {
      const [controller, name] = key.split(/[/@]/)
      return controller !== 'helm' && (name === app || name === `${app}-ssa`)
    })
    assert.ok(keys.length > 0, what)
    for (const key of keys)
      assert.equal(changed.apps.get(key)?.status, noDrift === true ? 'Synced' : 'OutOfSync', `${what}: ${key}`)
  }
  assert.ok(Object.keys(rows).length > 0)
})

test('no reason is left over', () => {
  const keys = [...Object.keys(rolledOut.verdicts.apps)]
  const unused = [...KNOWN_BETTER, ...EXPECTED_FAILURES].filter(({ apps }) => !keys.some((key) => apps.includes(key)))
  assert.deepEqual(unused, [])
})
