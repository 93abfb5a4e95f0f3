import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { RULE_GROUPS } from '../../alerts/rules.ts'
import { DASHBOARD_FILES } from '../../dashboards/generated.ts'
import type { GeneratedFile } from '../../docs/generated-file.ts'
import { VALUES_SCHEMA } from './values-schema.ts'

const CHART = 'deploy/helm/gitops-drift-exporter'
const CONTROLLER_GROUP = /(^|\.)(argoproj\.io|toolkit\.fluxcd\.io)$/

interface ClusterRole {
  readonly rules: readonly { readonly apiGroups: readonly string[] }[]
}

const rules = (name: string, ofControllers: boolean): GeneratedFile => ({
  path: `${CHART}/files/${name}-rules.yaml`,
  make: async () => {
    const role: ClusterRole = parse(await readFile(join(import.meta.dirname, '../base/cluster-role.yaml'), 'utf8'))
    const own = role.rules.filter(
      ({ apiGroups }) => apiGroups.every((group) => CONTROLLER_GROUP.test(group)) === ofControllers,
    )
    return `${header('deploy/base/cluster-role.yaml')}${stringify([...(ofControllers ? SETTINGS : []), ...own])}`
  },
})

/** What discovery reads besides the controllers' own resources, where built-in kinds are not granted as a whole. */
const SETTINGS = [
  {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: ['argocd-cm', 'argocd-cmd-params-cm', 'argocd-ssh-known-hosts-cm', 'argocd-tls-certs-cm'],
    verbs: ['get', 'list', 'watch'],
  },
  { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] },
  // The flags of Flux's controllers count.
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch'] },
]

/** What the Helm chart has of rules, dashboards, rights and the config's schema: a chart may only read files in its own folder. */
export const CHART_FILES: readonly GeneratedFile[] = [
  {
    path: `${CHART}/values.schema.json`,
    make: () => `${JSON.stringify(VALUES_SCHEMA, null, 2)}\n`,
  },
  {
    path: `${CHART}/files/rules.yaml`,
    make: () =>
      header('alerts/rules.ts') + stringify({ groups: RULE_GROUPS }, { lineWidth: 0, aliasDuplicateObjects: false }),
  },
  rules('controller', true),
  rules('builtin', false),
  ...DASHBOARD_FILES.map(({ path, make }) => ({ path: `${CHART}/files/${path}`, make })),
]

function header(source: string): string {
  return `# Made from ${source} by \`npm run generate\`.\n`
}
