import { join } from 'node:path'
import { skipWithout, toolPath } from '../tools/build.ts'
import { playScenario, type Scenario } from './scenario.ts'

const RULES = join(import.meta.dirname, '../../alerts/rules.yaml')

export const skip = skipWithout('promtool')

/** Plays the scenario with the current promtool, and with another one that `OLD_PROMTOOL` names. */
export async function play(scenario: Scenario): Promise<void> {
  const old = process.env.OLD_PROMTOOL
  for (const promtool of [toolPath('promtool'), ...(old === undefined ? [] : [old])])
    await playScenario(promtool, RULES, scenario)
}
