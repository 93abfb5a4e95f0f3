import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtProgram, MAIN } from '../commands/program.ts'
import { configMap, createFixture, type Fixture } from '../engine/engine-fixture.ts'
import { startExporter } from './exporter.ts'

/**
 * The exporter is killed at random points of its start and its work, while clusters and Git change: `KILLS=50 SEED=7 node --test
 * test/e2e/killed.test.ts` for more of them, or for those that failed.
 */
const KILLS = Number(process.env.KILLS ?? 4)
const SEED = Number(process.env.SEED ?? 20_261_129)
const LONGEST_MS = 4_000
const APPS = 30
const DRIFTED = 'drifted@one'
const TOGGLED = 'toggled@one'

before(() => builtProgram())

/** The same numbers for the same seed (a linear congruential generator). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

async function writeConfig(fixture: Fixture, state: string): Promise<string> {
  const source = (path: string) => ({
    repository: `file://${join(fixture.folder, 'repository')}`,
    revision: 'main',
    path,
  })
  const destination = { cluster: 'one', namespace: 'shop' }
  const clean = Array.from({ length: APPS }, (_, index) => `clean-${index}`)
  const file = join(fixture.folder, `${state}.json`)
  await writeFile(
    file,
    JSON.stringify({
      metrics: { address: '127.0.0.1', port: 0 },
      pages: { port: 0 },
      stateDirectory: `./${state}`,
      clusters: [{ name: 'one', snapshot: { path: './clusters/one', kinds: ['ConfigMap'] } }],
      apps: [
        ...clean.map((name) => ({ name, source: source('clean'), destination })),
        ...['drifted', 'toggled'].map((name) => ({ name, source: source(name), destination })),
      ],
    }),
  )
  return file
}

/** Starts it, and kills it so much later, wherever it is then. */
async function killAfter(config: string, milliseconds: number): Promise<void> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', config], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  await Promise.race([sleep(milliseconds), ended])
  assert.equal(child.exitCode, null, 'it ended by itself')
  child.kill('SIGKILL')
  await ended
}

/** What lies in a state directory, below no repository. */
async function stateFiles(fixture: Fixture, state: string): Promise<readonly string[]> {
  return (await readdir(join(fixture.folder, state))).toSorted()
}

test(`killed at ${KILLS} random points (seed ${SEED}), it says what a fresh process says, and since when`, {
  timeout: 120_000 + KILLS * 30_000,
}, async (t) => {
  const random = randomFrom(SEED)
  await using fixture = await createFixture()
  const files = (toggled: string) => ({
    'clean/one.json': configMap('one', '1'),
    'drifted/two.json': configMap('two', '1'),
    'toggled/three.json': configMap('three', toggled),
  })
  await fixture.commit('repository', files('0'))
  await fixture.live('one', 'one.json', configMap('one', '1', 'shop'))
  await fixture.live('one', 'two.json', configMap('two', 'edited', 'shop'))
  await fixture.live('one', 'three.json', configMap('three', '0', 'shop'))
  const config = await writeConfig(fixture, 'state')
  const first = await startExporter(config)
  t.after(() => first.stop())
  const { since } = await first.untilApp(DRIFTED, { status: 'OutOfSync' })
  assert.ok(since !== undefined)
  await first.untilApp(TOGGLED, { status: 'Synced' })
  await first.kill()

  for (let kill = 1; kill <= KILLS; kill += 1) {
    if (random() < 0.5) await fixture.commit('repository', files(String(kill)))
    else await fixture.live('one', 'three.json', configMap('three', String(kill), 'shop'))
    await killAfter(config, random() * LONGEST_MS)
  }
  const wanted = random() < 0.5 ? 'Synced' : 'OutOfSync'
  await fixture.commit('repository', files('end'))
  await fixture.live('one', 'three.json', configMap('three', wanted === 'Synced' ? 'end' : 'edited', 'shop'))

  const survivor = await startExporter(config)
  t.after(() => survivor.stop())
  const freshConfig = await writeConfig(fixture, 'fresh')
  const fresh = await startExporter(freshConfig)
  t.after(() => fresh.stop())
  for (const one of [survivor, fresh]) {
    await one.untilApp(TOGGLED, { status: wanted })
    await one.untilApp(DRIFTED, { status: 'OutOfSync' })
    await one.untilApp(`clean-${APPS - 1}@one`, { status: 'Synced' })
  }
  const [left, right] = [await survivor.apps(), await fresh.apps()]
  const verdicts = (apps: typeof left) => [...apps].map(([app, { status, reason }]) => [app, status, reason]).toSorted()
  assert.deepEqual(verdicts(left), verdicts(right))
  assert.equal(left.get(DRIFTED)?.since, since)
  await survivor.stop()
  await fresh.stop()
  assert.deepEqual(await stateFiles(fixture, 'state'), await stateFiles(fixture, 'fresh'))
})
