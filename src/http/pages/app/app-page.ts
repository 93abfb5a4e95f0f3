import type { Failure } from '../../../model/failure.ts'
import type { AppReport } from '../../../model/fleet.ts'
import type { ObjectVerdict } from '../../../model/verdicts/difference.ts'
import { explainDisagreement } from '../../../model/verdicts/disagreement.ts'
import type { SourceRevision } from '../../../model/verdicts/verdict.ts'
import type { AppLink } from '../../../presentation/acting/app-links.ts'
import { commitUrl } from '../../../presentation/acting/repository-pages.ts'
import { appFact } from '../../../presentation/app-fact.ts'
import type { AppHistory } from '../../episodes/load-history.ts'
import { failureHtml } from '../markup/failure-html.ts'
import { type Html, type HtmlValue, html } from '../markup/html.ts'
import { type PageContext, page } from '../markup/layout.ts'
import { CAUSES, commitHtml, factHtml, statusHtml, statusSince } from '../markup/status-html.ts'
import { timeHtml } from '../markup/time-text.ts'
import { actingSection, linksNav } from './acting-section.ts'
import type { AppQuery } from './app-query.ts'
import { failureSection } from './failure-section.ts'
import { historySection } from './history-section.ts'
import { objectsSection } from './objects/objects-section.ts'

export interface AppPageContent {
  readonly report: AppReport
  readonly objects: readonly ObjectVerdict[]
  readonly query: AppQuery
  readonly links: readonly AppLink[]
  /** Whether values of fields may be shown to whoever asks. */
  readonly showValues: boolean
  readonly history: AppHistory
}

/** One app: what happened to it in a sentence, where to go on, why it cannot be judged, and every object that is not as Git says. */
export function appPage(content: AppPageContent, context: PageContext): string {
  const { report, objects, query, links, showValues, history } = content
  const { summary, verdict } = report
  const { now } = context
  const { id } = summary
  const { outcome, unknownSince } = verdict
  const rows: readonly (readonly [string, HtmlValue])[] = [
    ['Why', outcome.status === 'OutOfSync' ? CAUSES[outcome.cause] : undefined],
    ['OutOfSync since', timeHtml(verdict.outOfSyncSince, now)],
    ['Unknown since', timeHtml(unknownSince, now)],
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
    html`<p class="made quiet" data-live="/api/v1/events" data-live-app="${id}">Made ${timeHtml(now, now)}</p>
${leadHtml(report, showValues, now)}
${linksNav(links)}${failureSection(report, now)}<dl>
${rows.map(([term, value]) => row(term, value))}</dl>
${warnings(verdict.warnings)}
${objectsSection(objects, { id, query, showValues, now, ...(unknownSince !== undefined && { knownUntil: unknownSince }) })}
${actingSection(report)}
${historySection(history, { id, query, showValues, now })}
<p><a href="/">All apps</a></p>`,
    `${summary.name} ${outcome.status}`,
  )
}

/** What happened, in one sentence. */
function leadHtml(report: AppReport, showValues: boolean, now: number): Html {
  const { status } = report.verdict.outcome
  const since = appFact(report, { showValues })?.since ?? statusSince(report)
  const fact = factHtml(report, showValues) ?? html`everything is as Git says`
  const time = since === undefined ? undefined : html`, since ${timeHtml(since, now)}`
  return html`<p class="lead">${statusHtml(status)}: ${fact}${time}</p>`
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
        : html`, commit ${linkedCommit(source.url, revision)} of ${timeHtml(revision.commitTime, now)}`
    return html`<div>${source.url}, path <code>${source.path === '' ? '.' : source.path}</code> at <code>${source.targetRevision}</code>${resolved}</div>`
  })
  return html`${items}`
}

function linkedCommit(repository: string, { commit, subject }: SourceRevision): Html {
  const url = commitUrl(repository, commit)
  const shown = commitHtml(commit, subject)
  return url === undefined ? shown : html`<a href="${url}">${shown}</a>`
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
