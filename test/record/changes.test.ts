import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { CHANGES, type Change, COMMITS, LATE_CHANGES } from './changes.ts'
import { differencesOf } from './differences.ts'
import { type Changes, readChanges, readObjects, readVerdicts, type Verdicts } from './recording.ts'
import { type ReplayedApp, replay } from './replay.ts'
import { assembleRepository } from './stage.ts'
import { unexplained } from './table.ts'

/**
 * What people did to apps that real controllers had rolled out (`npm run record`), judged from the recording of what lived in the clusters then.
 */
const parts = new AsyncDisposableStack()
const RECORDED: readonly Change[] = [...CHANGES, ...COMMITS, ...LATE_CHANGES]
let changes: Changes
let verdicts: Verdicts
let apps: ReadonlyMap<string, ReplayedApp>

before(
  async () => {
    await builtProgram()
    const { path } = parts.use(await temporaryFolder('changes'))
    const repository = await assembleRepository(`${path}/repository`)
    for (const { commit } of COMMITS) if (commit !== undefined) await repository.commit(commit)
    changes = await readChanges()
    verdicts = await readVerdicts('changed')
    apps = await replay(`${path}/changed`, repository.path, await readObjects('changed'))
  },
  { timeout: 3_000_000 },
)
after(() => parts.disposeAsync())

for (const change of RECORDED)
  test(`${change.what}: it is told where it is and by whom, whatever the controller says of it`, () => {
    const keys = Object.keys(verdicts.apps).filter((key) => isInstance(key, change))
    assert.ok(keys.length > 1)
    for (const key of keys) {
      const app = apps.get(key) ?? assert.fail(`${key} is not found`)
      const lines = differencesOf(app).filter((line) => !/^OutOfSync\b/.test(line))
      assert.deepEqual(lines, change.told, key)
      assert.equal(app.status, isDrift(change) ? 'OutOfSync' : 'Synced', key)
    }
  })

test('what is drift was seen while it was made, in every cluster and before its controller', () => {
  const rows = Object.values(changes.rows).flat()
  assert.ok(rows.length > 40)
  for (const { what, app, exporter } of rows) {
    const change = RECORDED.find((one) => one.what === what)
    const seen = change === undefined || isDrift(change)
    assert.equal(exporter.milliseconds !== null, seen, `${what}: ${app}`)
  }
})

test('what somebody did not see has a reason', () => {
  assert.deepEqual(unexplained(changes.rows), [])
})

const isDrift = ({ told }: Change): boolean => told.some((line) => !/ report\b/.test(line))

function isInstance(key: string, { app, only }: Change): boolean {
  const [controller, name] = key.split(/[/@]/)
  return (name === app || name === `${app}-ssa`) && (only ?? controller) === controller
}
