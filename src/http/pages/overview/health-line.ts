import type { Fleet } from '../../../model/fleet.ts'
import type { RefusedConfig } from '../../ports.ts'
import { type Html, html } from '../markup/html.ts'
import { timeHtml } from '../markup/time-text.ts'

/** Whether the page can be believed, in a line: what answers, and how old the oldest verdict is. */
export function healthLine(fleet: Fleet, refusedConfig: RefusedConfig | undefined, now: number): Html {
  const { clusters, repositories, sources } = fleet
  const reports = sources?.reports ?? []
  const parts: readonly (Html | undefined)[] = [
    share('Clusters', '#clusters', [...clusters.values()].filter(({ status }) => status.up).length, clusters.size),
    share('Repositories', '#repositories', [...repositories.values()].filter(({ up }) => up).length, repositories.size),
    reports.length === 0
      ? undefined
      : share('Discovery', '#problems', reports.filter(({ up }) => up).length, reports.length),
    html`<li>Config <span class="status ${refusedConfig === undefined ? 'good' : 'bad'}">${refusedConfig === undefined ? 'in use' : 'refused'}</span></li>\n`,
    oldestVerdict(fleet, now),
  ]
  return html`<p class="made quiet" data-live="/api/v1/events">Made ${timeHtml(now, now)}</p>
<ul class="health" aria-label="Health">
${parts}</ul>`
}

function share(name: string, anchor: string, up: number, all: number): Html | undefined {
  if (all === 0) return undefined
  return html`<li><a href="${anchor}">${name}</a> <span class="status ${up === all ? 'good' : 'bad'}">${up}/${all}</span></li>\n`
}

function oldestVerdict({ apps }: Fleet, now: number): Html | undefined {
  let oldest = Number.POSITIVE_INFINITY
  for (const { verdict } of apps.values())
    if (verdict.outcome.status !== 'Unknown' && verdict.evaluatedAt !== undefined)
      oldest = Math.min(oldest, verdict.evaluatedAt)
  return Number.isFinite(oldest) ? html`<li>Oldest verdict ${timeHtml(oldest, now)}</li>\n` : undefined
}
