import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { builtProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { CHANGES } from './changes.ts'
import { differencesOf } from './differences.ts'
import { EXPECTED_SYNCED, KNOWN_BETTER, knownBetter, withoutExpectedFailures } from './known-better.ts'
import { overlay, readObjects, readVerdicts, type Verdicts } from './recording.ts'
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
    const names = CHANGES.flatMap(({ app }) => [app, `${app}-ssa`])
    changed = { verdicts: later, apps: await replay(`${path}/changed`, repository.path, after, names) }
  },
  { timeout: 1_200_000 },
)
after(() => parts.disposeAsync())

function told({ apps }: Recorded, key: string): readonly string[] {
  const app = apps.get(key)
  return app === undefined ? ['not found'] : withoutExpectedFailures(key, differencesOf(app))
}

/** Whether a reason stands for just what is told of the app. */
function isKnown(key: string): boolean {
  return knownBetter(key)?.told.some((lines) => isDeepStrictEqual(lines, told(rolledOut, key))) ?? false
}

test('what its controller calls Synced, Ready or deployed is Synced without a difference, or a reason says why not', () => {
  const good = Object.entries(rolledOut.verdicts.apps).filter(([, reported]) => isGood(reported))
  const found = good.map(([key]) => [key, told(rolledOut, key)] as const)
  const unexplained = found.filter(([key, lines]) => lines.length > 0 && !isKnown(key))
  assert.deepEqual(Object.fromEntries(unexplained), {})
  assert.ok(good.length > 200)
})

test('what its controller calls OutOfSync, Unknown or NotReady is not Synced, or a reason says why it is', () => {
  const bad = Object.entries(rolledOut.verdicts.apps).filter(([, reported]) => !isGood(reported))
  const synced = bad.filter(([key]) => rolledOut.apps.get(key)?.status === 'Synced' && !isKnown(key))
  assert.deepEqual(
    synced.filter(([key]) => !EXPECTED_SYNCED.some((apps) => apps.test(key))),
    [],
  )
  assert.ok(bad.length > 0)
})

test('every app that was rolled out is found', () => {
  const lost = Object.keys(rolledOut.verdicts.apps).filter((key) => !rolledOut.apps.has(key))
  assert.deepEqual(lost, [])
})

test('what people changed is told, where it is and by whom, whatever the controller says of it', () => {
  for (const change of CHANGES) {
    const keys = Object.keys(changed.verdicts.apps).filter((key) => isInstance(key, change.app))
    assert.ok(keys.length > 0, change.what)
    for (const key of keys) {
      const lines = told(changed, key).filter((line) => !/^OutOfSync\b/.test(line))
      assert.deepEqual(lines, change.told, `${change.what}: ${key}`)
      const isDrift = change.told.some((line) => !/ report\b/.test(line))
      assert.equal(changed.apps.get(key)?.status, isDrift ? 'OutOfSync' : 'Synced', key)
    }
  }
})

test('every reason is of apps that were recorded', () => {
  const named = KNOWN_BETTER.flatMap(({ apps }) => apps)
  assert.deepEqual(
    named.filter((key) => rolledOut.verdicts.apps[key] === undefined),
    [],
  )
})

/** Helm watches over nothing that it installed, so nobody changes its releases here. */
function isInstance(key: string, app: string): boolean {
  const [controller, name] = key.split(/[/@]/)
  return controller !== 'helm' && (name === app || name === `${app}-ssa`)
}
