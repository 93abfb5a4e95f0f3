import { ALERT_INPUTS } from '../model/alert-inputs.ts'
import type { Problem } from '../model/apps/inventory.ts'
import type { MetricsSettings } from '../model/settings.ts'
import { matchesName } from '../text/star-pattern.ts'

/** Which metrics are exported: `deny` has the last word. */
export function exportedBy({ allow, deny }: Pick<MetricsSettings, 'allow' | 'deny'>): (name: string) => boolean {
  return (name) => matchesName(allow, name) && !matchesName(deny, name)
}

/** One problem for each metric that is left out and that alerts of alerts/rules.yaml need, which then cannot be trusted. */
export function blindAlerts(metrics: Pick<MetricsSettings, 'allow' | 'deny'>): readonly Problem[] {
  const isExported = exportedBy(metrics)
  const pairs = [...ALERT_INPUTS].flatMap(([alert, inputs]) =>
    inputs.filter((name) => !isExported(name)).map((name) => ({ alert, name })),
  )
  return [...Map.groupBy(pairs, ({ name }) => name)].map(([name, found]) => ({
    subject: `metric ${name}`,
    failure: {
      code: 'GDE_METRIC_DENIED',
      message: `${name} is not exported, and these alerts read it: ${found.map(({ alert }) => alert).join(', ')}`,
    },
  }))
}
