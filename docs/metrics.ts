import { CATALOGUE, type CatalogueEntry } from '../src/metrics/catalogue.ts'
import { IDENTITY_LABELS } from '../src/metrics/families/apps.ts'
import type { GeneratedFile } from './generated-file.ts'

const PARTS: Readonly<Record<CatalogueEntry['part'], string>> = {
  apps: 'Apps',
  clusters: 'Clusters',
  repositories: 'Repositories',
  exporter: 'The exporter itself',
}

const INTRODUCTION = `Names and labels are an interface. A \`stable\` one changes only with an entry in CHANGELOG.md and a release in which both are there; an \`experimental\` one with an entry alone. All times are Unix seconds.

Every series of an app carries the labels that name it: \`app_name\`, \`app_namespace\`, \`app_kind\`, \`app_cluster\` (where it is declared; empty for the config file), \`controller\` and \`dest_cluster\`. No series uses \`app\`, \`cluster\`, \`env\`, \`region\`, \`namespace\`, \`job\` or \`instance\`, which belong to the target, but for \`argocd_app_info\`, which has Argo CD's labels.

\`label_*\` stands for labels of the app or cluster, by the rules of kube-state-metrics: what is no letter, digit or \`_\` becomes \`_\`, camel case becomes snake case, and names that end up equal get \`_conflict1\`, \`_conflict2\` … Of one app or cluster the first 32 in alphabetical order are taken. Label values are cut at 1,024 characters. \`repo\` is the URL without user info and \`.git\`.

\`/metrics\` speaks the Prometheus text format 0.0.4 and OpenMetrics 1.0.0, whichever the client asks for, and gzip. Beside the metrics of this page it has the process and runtime metrics of prom-client, \`process_*\` and \`nodejs_*\`.
`

/** docs/metrics.md, from the catalogue. */
export const metricsPage: GeneratedFile = {
  path: 'docs/metrics.md',
  make: () => {
    const parts = Object.entries(PARTS).map(([part, title]) => {
      const rows = CATALOGUE.filter((entry) => entry.part === part).map(rowText)
      return `## ${title}\n\n| metric | type | labels | what it says | series | stability |\n| --- | --- | --- | --- | --- | --- |\n${rows.join('')}`
    })
    return `<!-- Made from src/metrics/catalogue.ts by \`npm run generate\`. -->\n\n# Metrics\n\n${INTRODUCTION}\n${parts.join('\n')}`
  },
}

function rowText({ name, type, labels, help, presence, stability }: CatalogueEntry): string {
  const ofApp = IDENTITY_LABELS.every((label, index) => labels[index] === label)
  const own = labels.slice(ofApp ? IDENTITY_LABELS.length : 0).map((label) => `\`${label}\``)
  const names = [...(ofApp ? ['those of the app'] : []), ...own].join(', ')
  return `| \`${name}\` | ${type} | ${names} | ${help} | ${presence} | ${stability} |\n`
}
