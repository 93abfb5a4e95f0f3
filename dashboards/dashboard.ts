import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { REPOSITORY } from '../alerts/annotations.ts'
import { TAG } from './links.ts'
import type { PanelOf } from './panels.ts'

export interface Row {
  readonly title: string
  readonly collapsed?: boolean
  /** From left to right; each line fills 24 columns. */
  readonly panels: readonly PanelOf[]
}

export interface DashboardSpec {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly variables: readonly Builder<VariableModel>[]
  readonly annotations: readonly Builder<AnnotationQuery>[]
  readonly rows: readonly Row[]
}

/** A dashboard as Grafana imports it. */
export function dashboardOf({ uid, title, description, variables, annotations, rows }: DashboardSpec): Dashboard {
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .variables([...variables])
    .annotations([...annotations])
    .links([
      new DashboardLinkBuilder('GitOps drift')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in
      external('Status page', '${status_url}/'),
      external('Runbooks', `${REPOSITORY}/docs/alerts.md`),
    ])
  for (const { title: heading, collapsed = false, panels } of rows) {
    const row = new RowBuilder(heading).collapsed(collapsed)
    if (collapsed) for (const panel of panels) row.withPanel(panel)
    dashboard.withRow(row)
    if (!collapsed) for (const panel of panels) dashboard.withPanel(panel)
  }
  return numbered(dashboard.build())
}

function external(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).icon('external link').targetBlank(true)
}

/** Gives each panel a number of its own, in order: alerts and links to a panel name it by that. */
function numbered(dashboard: Dashboard): Dashboard {
  let id = 0
  for (const panel of dashboard.panels ?? []) {
    id += 1
    panel.id = id
    for (const inside of 'panels' in panel ? (panel.panels ?? []) : []) {
      id += 1
      inside.id = id
    }
  }
  return dashboard
}
