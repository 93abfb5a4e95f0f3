import type { App } from '../../model/apps/app.ts'
import type { CommitRange, GitService, NamedCommit } from '../../model/sources/git.ts'
import type { Cause } from '../../model/verdicts/cause.ts'
import type { Outcome } from '../../model/verdicts/verdict.ts'
import type { ObjectRecord } from '../compare/app-objects.ts'
import type { DesiredState } from '../desired/desired-state.ts'
import type { Repositories } from '../desired/repositories.ts'

/** How far what is applied lies behind what Git says, in commits of the first source. */
export interface CommitLag {
  readonly from: string
  readonly to: string
  /** False while the commits between have to be counted. */
  readonly counted: boolean
  /** Absent until it was counted, and where it cannot be. */
  readonly behind?: number
  /** The newest of those that are not applied. */
  readonly waiting?: NamedCommit
  /** Committer time of `from`, or of `to` where nothing lies between, Unix seconds. */
  readonly appliedTime?: number
}

export interface CommitLagInput {
  readonly app: App
  readonly desired: DesiredState | undefined
  readonly records: ReadonlyMap<string, ObjectRecord>
  readonly causeOf: (record: ObjectRecord) => Cause | undefined
  readonly outcome: Outcome
}

/**
 * How far what is applied lies behind the first source: by the controller's word, else by the commit that the objects which Git moved
 * away from still equal. What was counted of the same two commits stays.
 */
export function nextCommitLag(before: CommitLag | undefined, input: CommitLagInput): CommitLag | undefined {
  const newest = input.desired?.revisions[0]
  if (newest === undefined) return before
  const to = newest.commit
  const from = input.outcome.status === 'Synced' ? to : appliedCommit(input, to)
  if (from === undefined) return undefined
  if (from === before?.from && to === before.to) return before
  if (from === to) return { from, to, counted: true, behind: 0, appliedTime: newest.commitTime }
  return { from, to, counted: false }
}

function appliedCommit({ app, records, causeOf }: CommitLagInput, newest: string): string | undefined {
  const reported = app.applied?.[0]
  if (reported !== undefined) return reported
  for (const record of records.values())
    if (record.baseline !== undefined && hasGitMoved(causeOf(record))) return record.baseline.commits[0]
  return records.values().some(({ baseline }) => baseline !== undefined) ? newest : undefined
}

/** Git moved ahead whether or not the cluster moved, too. */
function hasGitMoved(cause: Cause | undefined): boolean {
  return cause === 'git' || cause === 'both'
}

export interface CountCommitsPorts {
  readonly commitsBetween: GitService['commitsBetween']
  readonly repositories: Repositories
  readonly signal: AbortSignal
}

/** A rendering that holds the name of its commit is another one with every commit. */
function readsOf(desired: DesiredState | undefined): Pick<CommitRange, 'reads'> {
  if (desired === undefined || desired.rendering.usedCommit) return {}
  return { reads: desired.rendering.dependencies.filter(({ source }) => source === 0) }
}

/** Counts the commits between that touch what the app reads of its first source. A commit that is gone (a forced push) has no distance: there is no number then. */
export async function countCommits(
  app: App,
  desired: DesiredState | undefined,
  lag: CommitLag,
  ports: CountCommitsPorts,
): Promise<CommitLag> {
  const counted = { ...lag, counted: true }
  const source = app.sources[0]
  if (source === undefined) return counted
  try {
    const [between, { commitTime }] = await Promise.all([
      ports.commitsBetween(source.repository, { from: lag.from, to: lag.to, ...readsOf(desired) }, ports.signal),
      ports.repositories.resolve({ ...source, targetRevision: lag.from }, ports.signal),
    ])
    // Nothing that the app reads lies between: it runs what the newest commit says, and is left behind by nobody.
    const newest = between?.count === 0 ? desired?.revisions.find(({ commit }) => commit === lag.to) : undefined
    const appliedTime = newest?.commitTime ?? commitTime
    const { count, newest: waiting } = between ?? {}
    return {
      ...{ ...counted, appliedTime },
      ...(count !== undefined && { behind: count }),
      ...(waiting !== undefined && { waiting }),
    }
  } catch {
    // The verdict does not depend on it, and a repository that fails is told by its own metrics.
    return counted
  }
}
