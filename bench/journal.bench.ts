import { type Profiler, Session } from 'node:inspector/promises'
import {
  app,
  configMap,
  createFixture,
  type Fixture,
  inventory,
  isStatus,
  type RunningEngine,
} from '../test/engine/engine-fixture.ts'
import { drifted, episodeApp, sighting } from '../test/journal/sightings.ts'
import { type BenchResult, median } from './result.ts'

const APPS = 100
const OBJECTS = 10
const ROUNDS = 10
const SAMPLING_US = 100
const MAX_MS = 1

/** What the journal costs the engine when an app goes out of sync or comes back: a part of all that a flip takes. */
export async function run(): Promise<readonly BenchResult[]> {
  const rows: BenchResult['rows'][number][] = []
  for (const drifting of [1, OBJECTS]) {
    const noted = await noteFlips(drifting)
    const ms = noted + sendMs(drifting)
    rows.push({
      label: `${drifting} of ${OBJECTS} objects drift`,
      values: { 'a flip': ms, 'of it the message': ms - noted },
      ...(drifting === 1 && { goal: { text: `below ${MAX_MS}`, met: ms < MAX_MS } }),
    })
  }
  return [
    {
      name: 'What the journal costs the engine',
      unit: 'ms',
      rows,
      note: `${APPS} apps of ${OBJECTS} ConfigMaps each go out of sync and come back; of a profile of their engine what the noting of drift takes, without the writing, which another thread does, and with the copy of a sighting that is sent to it.`,
    },
  ]
}

const names = Array.from({ length: APPS }, (_, index) => `app-${index}`)

function manifests(name: string, changed: number): string {
  const maps = Array.from({ length: OBJECTS }, (_, index) =>
    configMap(`${name}-${index}`, index < changed ? 'two' : 'one', 'shop'),
  )
  return maps.join('---\n')
}

/** @returns milliseconds a flip */
async function noteFlips(drifting: number): Promise<number> {
  await using fixture = await createFixture()
  await fixture.commit('repository', Object.fromEntries(names.map((name) => [`${name}/all.yaml`, manifests(name, 0)])))
  await flip(fixture, 0)
  const running = await fixture.start()
  running.engine.reconcile(
    inventory(
      fixture,
      names.map((name) => app(fixture, { name })),
    ),
  )
  await all(running, 'Synced')
  using profiler = await startProfile()
  for (let round = 0; round < ROUNDS; round++) {
    const isAway = round % 2 === 0
    await flip(fixture, isAway ? drifting : 0)
    await all(running, isAway ? 'OutOfSync' : 'Synced')
  }
  return timeIn(await profiler.stop()) / (APPS * ROUNDS)
}

async function flip(fixture: Fixture, changed: number): Promise<void> {
  for (const name of names) await fixture.live('one', `${name}.yaml`, manifests(name, changed))
}

async function all(running: RunningEngine, status: 'Synced' | 'OutOfSync'): Promise<void> {
  for (const name of names) await running.until(name, isStatus(status))
}

async function startProfile() {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US })
  await session.post('Profiler.start')
  return {
    stop: async () => (await session.post('Profiler.stop')).profile,
    [Symbol.dispose]: () => session.disconnect(),
  }
}

/** Milliseconds in what notes drift and all that it calls, but for the store. */
function timeIn({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): number {
  const own = new Map<number, number>()
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1000)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const whole = ({ id, callFrame, children = [] }: Profiler.ProfileNode): number =>
    callFrame.url.includes('/journal/')
      ? 0
      : children.reduce((sum, child) => sum + below(child, whole), own.get(id) ?? 0)
  const found = ({ callFrame, children = [], ...node }: Profiler.ProfileNode): number =>
    callFrame.url.endsWith('/verdict/drift-journal.ts')
      ? whole({ callFrame, children, ...node })
      : children.reduce((sum, child) => sum + below(child, found), 0)
  function below(id: number, count: (node: Profiler.ProfileNode) => number): number {
    const node = byId.get(id)
    return node === undefined ? 0 : count(node)
  }
  const [root] = nodes
  return root === undefined ? 0 : found(root)
}

/** Milliseconds that a sighting takes to be copied for another thread, and back. */
function sendMs(drifting: number): number {
  const objects = Array.from({ length: drifting }, (_, index) => drifted(`web-${index}`))
  const sent = sighting(episodeApp('shop'), 100, objects, { cause: 'live' })
  const times = Array.from({ length: 2000 }, () => {
    const start = performance.now()
    structuredClone(sent)
    return performance.now() - start
  })
  return median(times)
}
