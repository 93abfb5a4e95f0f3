import { isDeepStrictEqual } from 'node:util'
import type { FleetFixture } from '../flux/fleet-world.ts'
import { untilFleet } from './until-fleet.ts'

/** What is told of ApplicationSets, by name. */
export type ReportedSets = Readonly<Record<string, { readonly missing?: number; readonly surplus?: number }>>

/** Waits until just this is told of all sets. */
export async function untilSets({ runtime }: Pick<FleetFixture, 'runtime'>, wanted: ReportedSets): Promise<void> {
  const told = (): ReportedSets =>
    Object.fromEntries(
      runtime.fleet.applicationSets.map(({ name, missing, surplus }) => [
        name,
        { ...(missing !== undefined && { missing }), ...(surplus !== undefined && { surplus }) },
      ]),
    )
  await untilFleet(runtime, () => isDeepStrictEqual(told(), wanted), told)
}
