import { stringify } from 'yaml'
import type { GeneratedFile } from '../docs/generated-file.ts'
import { ALERT_GROUPS } from './rules.ts'

const HEADER = '# Made from alerts/rules.ts by `npm run generate`.\n'

/** For Prometheus' own `rule_files`. */
export const ruleFile: GeneratedFile = {
  path: 'alerts/rules.yaml',
  make: () => HEADER + yamlText({ groups: ALERT_GROUPS }),
}

/** The same for the Prometheus operator. */
export const prometheusRule: GeneratedFile = {
  path: 'alerts/prometheusrule.yaml',
  make: () =>
    HEADER +
    yamlText({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: {
        name: 'gitops-drift-exporter',
        labels: { 'app.kubernetes.io/name': 'gitops-drift-exporter', 'app.kubernetes.io/component': 'alerts' },
      },
      spec: { groups: ALERT_GROUPS },
    }),
}

function yamlText(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}
