import type { AppReport } from '../../../model/fleet.ts'
import type { Cause } from '../../../model/verdicts/cause.ts'
import type { SyncStatus } from '../../../model/verdicts/verdict.ts'
import { appFact, shortCommit, shortSubject, whatText } from '../../../presentation/app-fact.ts'
import { type Html, html } from './html.ts'

/** Classes of the style. */
export const TONES: Readonly<Record<SyncStatus, string>> = { Synced: 'good', OutOfSync: 'bad', Unknown: 'unsure' }

export function statusHtml(status: SyncStatus): Html {
  return html`<span class="status ${TONES[status]}">${status}</span>`
}

export const CAUSES: Readonly<Record<Cause, string>> = {
  git: 'Git moved ahead and was not applied yet',
  live: 'the cluster moved away from Git',
  both: 'Git moved ahead, and the cluster moved away',
}

/** The fact, who it was, and the commit that waits; its time stands elsewhere. Undefined for Synced, which needs none. */
export function factHtml(report: AppReport, showValues: boolean): Html | undefined {
  const fact = appFact(report, { showValues })
  if (fact === undefined) return undefined
  const { outcome } = report.verdict
  const code = outcome.status === 'Unknown' ? html` <code>${outcome.reason.code}</code>` : undefined
  const who = fact.who === undefined ? undefined : html` · ${fact.who}`
  const commit =
    fact.commit === undefined ? undefined : html` · commit ${commitHtml(fact.commit, fact.subject)}, not applied`
  return html`${whatText(fact)}${code}${who}${commit}`
}

/** `67f9d6a "a subject"` */
export function commitHtml(commit: string, subject: string | undefined): Html {
  return html`<code>${shortCommit(commit)}</code>${subject === undefined ? undefined : ` "${shortSubject(subject)}"`}`
}

/** When the status began, where that is known. Unix seconds. */
export function statusSince({ verdict }: AppReport): number | undefined {
  switch (verdict.outcome.status) {
    case 'Synced':
      return undefined
    case 'OutOfSync':
      return verdict.outOfSyncSince
    case 'Unknown':
      return verdict.unknownSince
    default:
      return verdict.outcome satisfies never
  }
}
