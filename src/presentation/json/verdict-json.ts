import type { Where } from '../../model/failure.ts'
import type { AppReport } from '../../model/fleet.ts'
import type { JsonObject } from '../../model/json.ts'
import { withoutUserInfo } from '../../model/sources/repository-url.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import { explainDisagreement } from '../../model/verdicts/disagreement.ts'
import type { ReportedStatus } from '../../model/verdicts/reported-status.ts'
import type { Verdict } from '../../model/verdicts/verdict.ts'
import { identityOf } from './app-identity.ts'
import { objectJson } from './object-json.ts'

/** One app of `check --output json`. Every key is always there; times are Unix seconds. */
export function verdictJson({ summary, verdict }: AppReport, objects: readonly ObjectVerdict[]): JsonObject {
  const { outcome } = verdict
  return {
    identity: { ...identityOf(summary) },
    project: summary.project,
    status: outcome.status,
    cause: outcome.status === 'OutOfSync' ? outcome.cause : null,
    reason: outcome.status === 'Unknown' ? outcome.reason.code : null,
    message: outcome.status === 'Unknown' ? outcome.reason.message : null,
    ...positionJson(outcome.status === 'Unknown' ? outcome.reason : {}),
    since: verdict.outOfSyncSince ?? verdict.unknownSince ?? null,
    revisions: verdict.revisions.map(({ repository, path, targetRevision, commit, commitTime, subject }) => ({
      repository: withoutUserInfo(repository),
      path,
      targetRevision,
      commit,
      commitTime,
      subject: subject ?? null,
    })),
    controller: controllerJson(summary.reportedStatus, verdict),
    objects: objects.map(objectJson),
    findings: verdict.warnings.map((warning) => ({ ...warning })),
  }
}

/**
 * The status that the controller reports; null where it reports none. `disagreement` is why that and the verdict differ
 * now, `disagrees` that they have for longer than the grace period.
 */
function controllerJson(reportedStatus: ReportedStatus | undefined, verdict: Verdict): JsonObject | null {
  if (reportedStatus === undefined) return null
  const { status, applied, suspended, health, lastOperation, disagrees } = reportedStatus
  return {
    status,
    applied,
    suspended,
    health: health ?? null,
    lastOperation: lastOperation === undefined ? null : { finishedAt: null, ...lastOperation },
    disagrees,
    disagreement: explainDisagreement(reportedStatus, verdict) ?? null,
  }
}

/** Where in the repository the reason lies, as far as that is known. */
function positionJson({ file, line, column }: Where): JsonObject {
  return { file: file ?? null, line: line ?? null, column: column ?? null }
}
