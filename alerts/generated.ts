import { stringify } from 'yaml'
import type { GeneratedFile } from '../docs/generated-file.ts'
import { ALERTMANAGER_EXAMPLE } from './alertmanager.ts'
import { CLASSIC_FAULTS, CLASSIC_GROUPS } from './classic.ts'
import { RULE_GROUPS } from './rules.ts'

/** For Prometheus' own `rule_files`. */
const ruleFile: GeneratedFile = {
  path: 'alerts/rules.yaml',
  make: () => header('rules') + yamlText({ groups: RULE_GROUPS }),
}

/** The same for the Prometheus operator. */
const prometheusRule: GeneratedFile = {
  path: 'alerts/prometheusrule.yaml',
  make: () =>
    header('rules') +
    yamlText({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: {
        name: 'gitops-drift-exporter',
        labels: { 'app.kubernetes.io/name': 'gitops-drift-exporter', 'app.kubernetes.io/component': 'alerts' },
      },
      spec: { groups: RULE_GROUPS },
    }),
}

const classicFile: GeneratedFile = {
  path: 'alerts/classic.yaml',
  make: () => `${header('classic')}${comment(CLASSIC_FAULTS)}${yamlText({ groups: CLASSIC_GROUPS })}`,
}

const alertmanagerFile: GeneratedFile = {
  path: 'alerts/alertmanager.example.yaml',
  make: () => header('alertmanager') + yamlText(ALERTMANAGER_EXAMPLE),
}

export const ALERT_FILES: readonly GeneratedFile[] = [ruleFile, prometheusRule, classicFile, alertmanagerFile]

function header(source: string): string {
  return `# Made from alerts/${source}.ts by \`npm run generate\`.\n`
}

function comment(text: string): string {
  return text
    .split('\n')
    .map((line) => `# ${line}\n`)
    .join('')
}

function yamlText(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}
