import { join } from 'node:path'
import { RULE_GROUPS } from '../../alerts/rules.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { playScenario, type RuleFile, type Scenario } from './scenario.ts'

const RULES: RuleFile = {
  path: join(import.meta.dirname, '../../alerts/rules.yaml'),
  groups: RULE_GROUPS.map(({ name }) => name),
}

export const skip = skipWithout('promtool')

/** Plays the scenario with the current promtool, and with another one that `OLD_PROMTOOL` names. */
export async function play(scenario: Scenario, rules: RuleFile = RULES): Promise<void> {
  const old = process.env.OLD_PROMTOOL
  for (const promtool of [toolPath('promtool'), ...(old === undefined ? [] : [old])])
    await playScenario(promtool, rules, scenario)
}
