import type { AlertRule } from './alert-rule.ts'
import { APP_ALERTS } from './app-alerts.ts'
import { EXPORTER_ALERTS } from './exporter-alerts.ts'
import { FLEET_ALERTS } from './fleet-alerts.ts'
import { RECORDING_RULES, type RecordingRule } from './recording-rules.ts'

export interface RuleGroup {
  readonly name: string
  readonly rules: readonly (AlertRule | RecordingRule)[]
}

/** Every alert there is; docs/runbooks has a page for each. */
export const ALERTS: readonly AlertRule[] = [...APP_ALERTS, ...FLEET_ALERTS, ...EXPORTER_ALERTS]

/** The recording rules read each other and must stay in one group, in their order. */
export const RULE_GROUPS: readonly RuleGroup[] = [
  { name: 'gitops-recording', rules: RECORDING_RULES },
  { name: 'gitops-apps', rules: APP_ALERTS },
  { name: 'gitops-fleet', rules: FLEET_ALERTS },
  { name: 'gitops-exporter', rules: EXPORTER_ALERTS },
]
