import type { Fleet } from '../../../model/fleet.ts'
import { SYNC_STATUSES } from '../../../model/verdicts/verdict.ts'
import { CHOICES, searchField, select, sorted } from '../markup/form-fields.ts'
import { type Html, html } from '../markup/html.ts'
import { filterQuery, NO_FILTER, type OverviewFilter, SORTS, VIEWS } from './overview-filter.ts'

/** Everything that the overview is chosen and ordered by, as a form: it works without a script. */
export function filterForm({ apps, clusters: known }: Fleet, filter: OverviewFilter): Html {
  const controllers = new Set<string>()
  const projects = new Set<string>()
  const clusters = new Set(known.keys())
  const sets = new Set<string>()
  const labels = new Set<string>()
  const clusterLabels = new Set(
    [...known.values()].flatMap(({ labels }) => Object.keys(labels).map((key) => `clusterLabel:${key}`)),
  )
  for (const { summary } of apps.values()) {
    controllers.add(summary.controller)
    projects.add(summary.project)
    if (summary.applicationSet !== undefined) sets.add(summary.applicationSet)
    clusters.add(summary.destination)
    if (labels.size < CHOICES) for (const key of Object.keys(summary.labels)) labels.add(`label:${key}`)
  }
  return html`<form method="get" action="/" role="search">
${searchField('name', 'Name contains', filter.name)}
${select('status', 'Status', SYNC_STATUSES, filter.status)}
${select('cluster', 'Cluster', sorted(clusters), filter.cluster)}
${select('project', 'Project', sorted(projects), filter.project)}
${sets.size === 0 ? undefined : select('applicationSet', 'ApplicationSet', sorted(sets), filter.applicationSet)}
${select('controller', 'Controller', sorted(controllers), filter.controller)}
${searchField('label', 'Label', filter.label)}
${searchField('clusterLabel', 'Label of the cluster', filter.clusterLabel)}
${select('view', 'View', VIEWS.slice(1), filter.view, VIEWS[0])}
${select('group', 'Rows by', ['project', ...(sets.size === 0 ? [] : ['applicationSet']), 'cluster', 'controller', 'status', ...sorted(labels), ...sorted(clusterLabels)], filter.group, 'app')}
${select('columns', 'Columns by', sorted(clusterLabels), filter.columns, NO_FILTER.columns)}
${select('sort', 'Sorted by', SORTS.slice(1), filter.sort, SORTS[0])}
${filter.incident === '' ? undefined : html`<input type="hidden" name="incident" value="${filter.incident}">`}<div><button type="submit">Show</button>${filterQuery(filter) === '' ? undefined : html` <a href="/${filterQuery(NO_FILTER)}">Show all</a>`}</div>
</form>`
}
