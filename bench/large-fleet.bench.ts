import { buildProgram } from '../build/program.ts'
import { measureDescriptors, measureFleet } from './fleet/measure-fleet.ts'
import type { BenchResult } from './result.ts'

/** 50,000 apps on 500 clusters: by this name only, since it takes ten minutes and three gigabytes for the stubs. */
export async function run(): Promise<readonly BenchResult[]> {
  await buildProgram({ quiet: true })
  const size = { renderings: 100, others: 0, clusters: 500 }
  return [await measureFleet(size), await measureDescriptors(size)]
}
