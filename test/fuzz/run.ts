import { parseArgs } from 'node:util'
import fc from 'fast-check'
import type { FuzzTarget } from './target.ts'
import { TARGETS } from './targets.ts'

/**
 * `npm run fuzz`: tries inputs for ten minutes, or `--time SECONDS` (FUZZ_SECONDS); `--only NAME` one target, `--seed NUMBER` (FUZZ_SEED)
 * begins where another run did. What it finds becomes a case: it prints the input, and the seed and path that lead there.
 */
const { values } = parseArgs({
  options: { time: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const seconds = Number(values.time ?? process.env.FUZZ_SECONDS ?? 600)
const seed = Number(values.seed ?? process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('--time and --seed are numbers')

/** Runs between two looks at the clock. */
const BATCH = 200

/** @returns how many inputs were tried; undefined after a finding, which was printed */
async function fuzz({ name, inputsPerRun = 1, prepare }: FuzzTarget, until: number): Promise<number | undefined> {
  const property = await prepare()
  let inputs = 0
  for (let batch = 0; batch === 0 || performance.now() < until; batch += 1) {
    const numRuns = Math.ceil(BATCH / inputsPerRun)
    const result = await fc.check(property, { numRuns, seed: seed + batch, interruptAfterTimeLimit: 120_000 })
    inputs += result.numRuns * inputsPerRun
    if (!result.failed) continue
    console.error(`${name}: found after ${inputs} inputs\n${await fc.asyncDefaultReportMessage(result)}`)
    return undefined
  }
  return inputs
}

async function main(): Promise<number> {
  const chosen = TARGETS.filter(({ name, skip = false }) => {
    if (skip !== false) console.log(`${name}: left out, ${skip}`)
    return skip === false && (values.only === undefined || name === values.only)
  })
  if (chosen.length === 0)
    throw new Error(`there is no such target; there are: ${TARGETS.map(({ name }) => name).join(', ')}`)
  console.log(`seed ${seed}, ${seconds} s, ${chosen.length} targets`)
  const [begun, end] = [performance.now(), performance.now() + seconds * 1000]
  let [found, all] = [0, 0]
  for (const [index, target] of chosen.entries()) {
    const now = performance.now()
    const inputs = await fuzz(target, now + (end - now) / (chosen.length - index))
    if (inputs === undefined) found += 1
    else console.log(`${target.name}: ${inputs} inputs in ${Math.round((performance.now() - now) / 1000)} s`)
    all += inputs ?? 0
  }
  console.log(`${all} inputs in ${Math.round((performance.now() - begun) / 1000)} s, ${found} findings, seed ${seed}`)
  return found === 0 ? 0 : 1
}

process.exitCode = await main()
