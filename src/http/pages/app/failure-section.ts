import { ERRORS } from '../../../model/errors.ts'
import { type Failure, failurePosition } from '../../../model/failure.ts'
import { type AppReport, awaitsVerdict } from '../../../model/fleet.ts'
import { reproducingCommand } from '../../../presentation/acting/app-commands.ts'
import { fileUrl } from '../../../presentation/acting/repository-pages.ts'
import { failedStep, STEP_FAILED, STEPS, type Step } from '../../../presentation/failed-step.ts'
import { lastVerdict } from '../../../presentation/last-verdict.ts'
import { copyable } from '../markup/copyable.ts'
import { type Html, type HtmlValue, html } from '../markup/html.ts'
import { statusHtml } from '../markup/status-html.ts'
import { timeHtml } from '../markup/time-text.ts'

/** Of an app that is Unknown: at which step it failed, where, what to do, how to see it again, and what was known before. */
export function failureSection(report: AppReport, now: number): Html | undefined {
  const { summary, verdict } = report
  if (verdict.outcome.status !== 'Unknown') return undefined
  const { reason } = verdict.outcome
  const step = failedStep(reason)
  const isWaiting = awaitsVerdict(report)
  const rows: readonly (readonly [string, HtmlValue])[] = [
    ['Why', html`${reason.message} <code>${reason.code}</code>`],
    ['Where', placeHtml(reason, report)],
    ['What to do', ERRORS[reason.code].action],
    ['To see it again', isWaiting ? undefined : copyable(reproducingCommand(summary, step), 'the command')],
    ['Last verdict', lastVerdictHtml(report, now)],
  ]
  return html`<section class="failure"><h2 id="failure">Why it is Unknown</h2>
${step === undefined ? undefined : stepsHtml(step)}<dl>
${rows.map(([term, value]) => (value === undefined ? undefined : html`<dt>${term}</dt><dd>${value}</dd>\n`))}</dl></section>
`
}

const STEP_NAMES: Readonly<Record<Step, string>> = {
  declare: 'What is declared is read',
  fetch: 'Sources are fetched',
  render: 'They are rendered',
  read: 'The cluster is read',
  compare: 'Both are compared',
}

/** The way of a verdict, up to where it went wrong. */
function stepsHtml(failed: Step): Html {
  const at = STEPS.indexOf(failed)
  return html`<ol class="steps">
${STEPS.map((step, index) =>
  index === at
    ? html`<li aria-current="step"><strong class="bad">${STEP_FAILED[step]}</strong></li>\n`
    : html`<li class="quiet">${STEP_NAMES[step]}${index > at ? ' (not reached)' : undefined}</li>\n`,
)}</ol>
`
}

/** The file and line, with a link where the server of the repository is known. */
function placeHtml(reason: Failure, { summary, verdict }: AppReport): Html | undefined {
  const { file, line, cluster } = reason
  const position = failurePosition(reason)
  if (file === undefined || position === '') return cluster === undefined ? undefined : html`cluster ${cluster}`
  const [revision] = verdict.revisions
  const [source] = summary.sources
  // A file of the config, or of what the source refers to, is in no commit of the app's own.
  const isOwn =
    failedStep(reason) === 'render' && (reason.repository === undefined || reason.repository === source?.url)
  const isKnown = isOwn && summary.sources.length === 1 && revision !== undefined && source !== undefined
  const url = isKnown ? fileUrl(source.url, revision.commit, { file, line }) : undefined
  const place = html`<code>${position}</code>`
  return url === undefined ? place : html`<a href="${url}">${place}</a>`
}

function lastVerdictHtml({ verdict }: AppReport, now: number): Html | undefined {
  const last = lastVerdict(verdict)
  if (last === undefined) return html`<span class="quiet">none is known</span>`
  if (last.status === 'Synced') return html`${statusHtml('Synced')}, ${timeHtml(last.at, now)}`
  const until = last.until === undefined ? undefined : html`, until ${timeHtml(last.until, now)}`
  return html`${statusHtml('OutOfSync')} since ${timeHtml(last.since, now)}${until}`
}
