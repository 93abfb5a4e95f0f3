import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as settled } from 'node:timers/promises'
import { CodedError } from '../../src/model/failure.ts'
import { SourcePolls } from '../../src/sources/tracking/source-polls.ts'

const INTERVAL_MS = 60_000

interface Scene {
  /** Polls up to now. */
  polls(): number
  /** Whether the next poll comes just then, and no millisecond before. */
  nextAfter(milliseconds: number): Promise<boolean>
  fails: boolean
  /** What the server asks for by Retry-After. */
  pauseMs: number
}

/** Polls by a clock that stands still unless it is told to go on. */
async function withPolls(context: TestContext, random: number, body: (scene: Scene) => Promise<void>): Promise<void> {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  let polls = 0
  let now = 1
  const scene: Scene = {
    polls: () => polls,
    fails: false,
    pauseMs: 0,
    async nextAfter(milliseconds) {
      const before = polls
      await pass(milliseconds - 1)
      const early = polls > before
      await pass(1)
      return !early && polls === before + 1
    },
  }
  const pass = async (milliseconds: number): Promise<void> => {
    now += milliseconds
    context.mock.timers.tick(milliseconds)
    await settled()
  }
  const source = new SourcePolls({
    opened: () => Promise.resolve(),
    look: async () => {
      polls += 1
      if (scene.fails) throw new CodedError('GDE_SOURCE_UNREACHABLE', 'gone')
      return new Map()
    },
    save: () => Promise.resolve(),
    pauseMs: () => scene.pauseMs,
    intervalMs: INTERVAL_MS,
    now: () => now,
    random: () => random,
    notify: () => undefined,
  })
  source.poll()
  await settled()
  try {
    await body(scene)
  } finally {
    await source.close()
  }
}

for (const [random, spread] of [
  [0, 0.8],
  [0.5, 1],
  [1, 1.2],
] as const)
  test(`polls are spread: by the number ${random} the next comes after ${spread} of the interval`, (context) =>
    withPolls(context, random, async ({ polls, nextAfter }) => {
      assert.equal(polls(), 1)
      assert.ok(await nextAfter(Math.round(INTERVAL_MS * spread)))
    }))

test('a server that fails is asked again after twice the pause each time, and as ever once it answers', (context) =>
  withPolls(context, 1, async (scene) => {
    scene.fails = true
    assert.ok(await scene.nextAfter(INTERVAL_MS * 1.2))
    for (const pause of [2_000, 4_000, 8_000]) assert.ok(await scene.nextAfter(pause), String(pause))
    scene.fails = false
    assert.ok(await scene.nextAfter(16_000))
    assert.ok(await scene.nextAfter(INTERVAL_MS * 1.2))
  }))

test('a server that says when to come back is asked no earlier, whatever the interval is', (context) =>
  withPolls(context, 0.5, async (scene) => {
    scene.pauseMs = 600_000
    assert.ok(await scene.nextAfter(INTERVAL_MS))
    scene.pauseMs = 0
    assert.ok(await scene.nextAfter(600_000))
  }))
