import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { differencesOf } from './differences.ts'
import { KNOWN_BETTER, type KnownDifference, knownDifference } from './known-better.ts'
import { readObjects, readVerdicts, type Verdicts } from './recording.ts'
import { type ReplayedApp, replay } from './replay.ts'
import { isGood } from './reported-status.ts'
import { assembleRepository } from './stage.ts'

/**
 * What real controllers made of real apps on real API servers (`npm run record`), judged from the recording: where the controller that rolled an
 * app out says that it is as it should be, there is nothing to tell of it, or a reason stands in known-better.ts.
 */
const parts = new AsyncDisposableStack()
let rolledOut: Recorded

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
  },
  { timeout: 3_000_000 },
)
after(() => parts.disposeAsync())

/** All that is told of an app. */
function told({ apps }: Recorded, key: string): readonly string[] {
  const app = apps.get(key)
  return app === undefined ? ['not found'] : differencesOf(app)
}

const isKnown = (key: string): boolean => knownDifference(KNOWN_BETTER, key, told(rolledOut, key)) !== undefined

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
  assert.deepEqual(Object.fromEntries(synced), {})
  assert.ok(bad.length > 0)
})

test('every reason still stands for something', () => {
  const isNeeded = (known: KnownDifference, key: string) => {
    const reported = rolledOut.verdicts.apps[key]
    const lines = told(rolledOut, key)
    return (
      reported !== undefined &&
      (!isGood(reported) || lines.length > 0) &&
      knownDifference([known], key, lines) !== undefined
    )
  }
  const idle = KNOWN_BETTER.flatMap((known) =>
    known.apps.filter((key) => !isNeeded(known, key)).map((key) => `${key}: ${told(rolledOut, key).join('; ')}`),
  )
  assert.deepEqual(idle, [], 'take the app out of the list, or mend what is told')
})

test('every app that was rolled out is found', () => {
  const lost = Object.keys(rolledOut.verdicts.apps).filter((key) => !rolledOut.apps.has(key))
  assert.deepEqual(lost, [])
})
