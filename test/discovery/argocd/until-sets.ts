import assert from 'node:assert/strict'
import type { FleetWorld } from '../flux/fleet-world.ts'

/** What is told of ApplicationSets, by name. */
export type ToldSets = Readonly<Record<string, { readonly missing?: number; readonly surplus?: number }>>

const PATIENCE_MILLISECONDS = 60_000

/** Waits until just this is told of all sets. */
export async function untilSets({ runtime }: Pick<FleetWorld, 'runtime'>, wanted: ToldSets): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const told = (): ToldSets =>
    Object.fromEntries(
      runtime.fleet.applicationSets.map(({ name, missing, surplus }) => [
        name,
        { ...(missing !== undefined && { missing }), ...(surplus !== undefined && { surplus }) },
      ]),
    )
  const isWanted = (): boolean => {
    try {
      assert.deepEqual(told(), wanted)
      return true
    } catch {
      return false
    }
  }
  const stop = runtime.fleet.subscribe(() => isWanted() && resolve())
  const timer = setTimeout(resolve, PATIENCE_MILLISECONDS)
  if (isWanted()) resolve()
  await promise
  clearTimeout(timer)
  stop()
  assert.deepEqual(told(), wanted)
}
