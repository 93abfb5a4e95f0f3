import type { Fleet, FleetUpdate } from '../../src/model/fleet.ts'
import { createFleetStore } from '../../src/threads/fleet-store.ts'

/** The verdict store, fed by a test instead of an engine. */
export interface TestFleet extends Fleet {
  publish(...updates: readonly FleetUpdate[]): void
}

export function testFleet(...updates: readonly FleetUpdate[]): TestFleet {
  const store = createFleetStore()
  store.apply(updates)
  return Object.assign(store, { publish: (...published: readonly FleetUpdate[]) => store.apply(published) })
}
