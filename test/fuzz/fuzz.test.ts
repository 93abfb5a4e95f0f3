import { test } from 'node:test'
import fc from '../fast-check.ts'
import { TARGETS } from './targets.ts'

/** A short run of `npm run fuzz`: so many inputs, however fast the machine is. */
for (const { name, skip = false, shortRuns, prepare } of TARGETS)
  test(`whatever comes in is read or refused: ${name}`, { skip }, async () => {
    await fc.assert(await prepare(), { numRuns: shortRuns })
  })
