import type { AppReport } from '../../model/fleet.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import type { SyncStatus } from '../../model/verdicts/verdict.ts'
import { failureHtml } from './failure-html.ts'
import { type Html, html } from './html.ts'

const TONES: Readonly<Record<SyncStatus, string>> = { Synced: 'good', OutOfSync: 'bad', Unknown: 'unsure' }

export function statusHtml(status: SyncStatus): Html {
  return html`<span class="status ${TONES[status]}">${status}</span>`
}

const CAUSES: Readonly<Record<Cause, string>> = {
  git: 'Git moved ahead and was not applied yet',
  live: 'the cluster moved away from Git',
  both: 'Git moved ahead, and the cluster moved away',
}

/** Why the status is what it is, in words; undefined for Synced, which needs none. */
export function reasonHtml({ verdict: { outcome } }: AppReport): Html | undefined {
  switch (outcome.status) {
    case 'Synced':
      return undefined
    case 'OutOfSync':
      return html`${CAUSES[outcome.cause]}`
    case 'Unknown':
      return failureHtml(outcome.reason)
    default:
      return outcome satisfies never
  }
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
