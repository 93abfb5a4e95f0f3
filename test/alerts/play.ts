import { join } from 'node:path'
import { RULE_GROUPS } from '../../alerts/rules.ts'
import { prometheusPath, skipWithout } from '../tools/build.ts'
import { playScenario, type RuleFile, type Scenario } from './scenario.ts'

const RULES: RuleFile = {
  path: join(import.meta.dirname, '../../alerts/rules.yaml'),
  groups: RULE_GROUPS.map(({ name }) => name),
}

export const skip = skipWithout('promtool')

export async function play(scenario: Scenario, rules: RuleFile = RULES): Promise<void> {
  await playScenario(prometheusPath('promtool'), rules, scenario)
}
