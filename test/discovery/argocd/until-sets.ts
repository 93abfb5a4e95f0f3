import { isDeepStrictEqual } from 'node:util'
import type { FleetFixture } from '../flux/fleet-world.ts'
import { untilFleet } from './until-fleet.ts'

/** The reported counts of ApplicationSets, by name. */
export type ReportedSets = Readonly<Record<string, { readonly missing?: number; readonly stale?: number }>>

/** Waits until exactly these counts are reported. */
export async function untilSets({ runtime }: Pick<FleetFixture, 'runtime'>, wanted: ReportedSets): Promise<void> {
  const reported = (): ReportedSets =>
    Object.fromEntries(
      runtime.fleet.applicationSets.map(({ name, missing, stale }) => [
        name,
        { ...(missing !== undefined && { missing }), ...(stale !== undefined && { stale }) },
      ]),
    )
  await untilFleet(runtime, () => isDeepStrictEqual(reported(), wanted), reported)
}
