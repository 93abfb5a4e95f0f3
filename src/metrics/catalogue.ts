import { applicationSetGroup } from './families/applicationsets.ts'
import { appGroup, IDENTITY_LABELS } from './families/apps.ts'
import { clusterGroup } from './families/clusters.ts'
import { INSTRUMENT_FAMILIES } from './families/exporter.ts'
import type { Family } from './families/family.ts'
import { repositoryGroup } from './families/repositories.ts'

/** One entry of the catalogue: the family with all its labels, and the part of the docs it belongs to. */
export interface CatalogueEntry extends Family {
  readonly part: 'apps' | 'clusters' | 'repositories' | 'exporter'
}

/** With those that only a shard has. */
const CLUSTERS = clusterGroup()

/**
 * Every metric there is, beside the process and runtime metrics of prom-client (`process_*`, `nodejs_*`). Docs, alerts,
 * dashboards and tests are checked against it: names and labels are an interface.
 */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...appGroup({ appLabels: [], argocdCompatibility: true, commitAuthors: true }, () => 0).families.map((family) =>
    entry('apps', family, IDENTITY_LABELS),
  ),
  ...applicationSetGroup.families.map((family) => entry('apps', family, applicationSetGroup.common)),
  ...CLUSTERS.families.map((family) => entry('clusters', family, CLUSTERS.common)),
  ...repositoryGroup.families.map((family) => entry('repositories', family, repositoryGroup.common)),
  ...INSTRUMENT_FAMILIES.map((family) =>
    entry(family.name.startsWith('gitops_repo_') ? 'repositories' : 'exporter', family, []),
  ),
]

function entry(part: CatalogueEntry['part'], family: Family, common: readonly string[]): CatalogueEntry {
  const { name, type, help, labels, stability, presence } = family
  return { part, name, type, help, labels: [...common, ...labels], stability, presence }
}
