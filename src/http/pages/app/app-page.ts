import { ERRORS } from '../../../model/errors.ts'
import type { Failure } from '../../../model/failure.ts'
import type { AppReport } from '../../../model/fleet.ts'
import type { ObjectVerdict } from '../../../model/verdicts/difference.ts'
import { explainDisagreement } from '../../../model/verdicts/disagreement.ts'
import type { AppHistory } from '../../episodes/load-history.ts'
import { failureHtml } from '../markup/failure-html.ts'
import { type Html, type HtmlValue, html } from '../markup/html.ts'
import { type PageContext, page } from '../markup/layout.ts'
import { CAUSES, factHtml, statusHtml } from '../markup/status-html.ts'
import { timeHtml } from '../markup/time-text.ts'
import { historySection } from './history-section.ts'
import { objectsSection } from './objects-section.ts'

export interface AppPageContent {
  readonly report: AppReport
  readonly objects: readonly ObjectVerdict[]
  /** Whether values of fields may be shown to whoever asks. */
  readonly showValues: boolean
  readonly history: AppHistory
}

/** One app: what its status is and why, and every object that is not as Git says. */
export function appPage({ report, objects, showValues, history }: AppPageContent, context: PageContext): string {
  const { summary, verdict } = report
  const { now } = context
  const rows: readonly (readonly [string, HtmlValue])[] = [
    ['Status', statusHtml(verdict.outcome.status)],
    ['What', factHtml(report, showValues)],
    ['Why', verdict.outcome.status === 'OutOfSync' ? CAUSES[verdict.outcome.cause] : undefined],
    ['Failure', verdict.outcome.status === 'Unknown' ? failureHtml(verdict.outcome.reason) : undefined],
    ['What to do', verdict.outcome.status === 'Unknown' ? ERRORS[verdict.outcome.reason.code].action : undefined],
    ['OutOfSync since', timeHtml(verdict.outOfSyncSince, now)],
    ['Unknown since', timeHtml(verdict.unknownSince, now)],
    ['Last synced', timeHtml(verdict.lastSynced, now)],
    ['Last evaluated', timeHtml(verdict.evaluatedAt, now)],
    ['Declared', declaredText(report)],
    ['Project', summary.project],
    ['Destination', [summary.destination, summary.destinationNamespace].filter((part) => part !== '').join(' / ')],
    ['Sources', sources(report, now)],
    ['Commits behind', report.commitsBehind],
    ['Depends on', summary.dependsOn?.join(', ')],
    ['Controller says', reportedStatus(report, now)],
  ]
  return page(
    summary.name,
    context.version,
    html`<dl>
${rows.map(([term, value]) => row(term, value))}</dl>
${warnings(verdict.warnings)}
${objectsSection(objects, { showValues, now, ...(verdict.unknownSince !== undefined && { knownUntil: verdict.unknownSince }) })}
${historySection(history, { id: summary.id, showValues, now })}
<p><a href="/">All apps</a></p>`,
  )
}

function row(term: string, value: HtmlValue): Html | undefined {
  return value === undefined || value === '' ? undefined : html`<dt>${term}</dt><dd>${value}</dd>\n`
}

function declaredText({ summary }: AppReport): string {
  if (summary.controller === 'static') return 'in the config file'
  const origin = [summary.declaredIn, summary.namespace].filter((part) => part !== '').join(' / ')
  return `${summary.kind} of ${summary.controller}${origin === '' ? '' : ` in ${origin}`}`
}

function sources({ summary, verdict }: AppReport, now: number): Html {
  const items = summary.sources.map((source, index) => {
    const revision = verdict.revisions[index]
    const resolved =
      revision === undefined
        ? undefined
        : html`, commit <code>${revision.commit.slice(0, 12)}</code> of ${timeHtml(revision.commitTime, now)}`
    return html`<div>${source.url}, path <code>${source.path === '' ? '.' : source.path}</code> at <code>${source.targetRevision}</code>${resolved}</div>`
  })
  return html`${items}`
}

function reportedStatus({ summary: { reportedStatus }, verdict }: AppReport, now: number): Html | undefined {
  if (reportedStatus === undefined) return undefined
  const operation =
    reportedStatus.lastOperation === undefined
      ? undefined
      : html`; last operation ${reportedStatus.lastOperation.phase} ${timeHtml(reportedStatus.lastOperation.finishedAt, now)} ${reportedStatus.lastOperation.message}`
  const why = explainDisagreement(reportedStatus, verdict)
  const disagreement =
    why === undefined
      ? undefined
      : html`, ${reportedStatus.disagrees ? html`<strong>which is not what was found</strong>` : 'not what was found just now'}: ${why}`
  return html`${statusHtml(reportedStatus.status)}${reportedStatus.suspended ? ', suspended' : undefined}${disagreement}${operation}`
}

function warnings(list: readonly Failure[]): Html | undefined {
  if (list.length === 0) return undefined
  return html`<h2>Warnings</h2>
<ul>
${list.map((warning) => html`<li>${failureHtml(warning)}</li>\n`)}</ul>`
}
