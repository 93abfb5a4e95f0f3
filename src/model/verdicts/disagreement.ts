import type { ReportedStatus } from './reported-status.ts'
import type { Verdict } from './verdict.ts'

type Found = Pick<Verdict, 'outcome' | 'revisions' | 'objectCounts' | 'differenceCounts'>

/**
 * The likely reason why the controller's status and the verdict differ. Undefined while they are the same, and while
 * one of them is Unknown.
 */
export function explainDisagreement(
  reportedStatus: Pick<ReportedStatus, 'status' | 'applied'>,
  verdict: Found,
): string | undefined {
  const { status } = verdict.outcome
  if (reportedStatus.status === 'Unknown' || status === 'Unknown' || reportedStatus.status === status) return undefined
  if (status === 'Synced') return 'it has not looked since, or what it calls different means the same to the server'
  const older = verdict.revisions
    .map(({ commit }, index) => ({ commit, said: reportedStatus.applied[index] }))
    .find(({ commit, said }) => said !== undefined && said !== commit)
  if (older?.said !== undefined)
    return `it speaks of commit ${short(older.said)}, and Git is at ${short(older.commit)} now`
  if (hasAddedAlone(verdict)) return 'what differs was never in Git, and it looks at what is in Git alone'
  return 'it has not looked since, or it ignores what differs'
}

function hasAddedAlone({ objectCounts, differenceCounts }: Found): boolean {
  const { added, ...others } = differenceCounts
  const absent = objectCounts.missing + objectCounts.extra
  return added > 0 && absent === 0 && Object.values(others).every((count) => count === 0)
}

function short(commit: string): string {
  return commit.slice(0, 12)
}
