import type { GitService } from '../../model/git.ts'
import type { Outcome } from '../../model/verdict.ts'
import type { AppState, CommitLag } from '../app-state.ts'
import type { Repositories } from '../desired/repositories.ts'

export interface CommitLagPorts {
  readonly commitsBetween: GitService['commitsBetween']
  readonly repositories: Repositories
  readonly signal: AbortSignal
}

/**
 * How far what is applied lies behind the first source: by the controller's word, else by the commit that the objects which Git moved
 * away from still equal.
 * @returns whether it must be measured, because commits lie between that were not counted yet
 */
export function noteLag(appState: AppState, outcome: Outcome): boolean {
  const newest = appState.desired?.revisions[0]
  if (newest === undefined) return false
  const to = newest.commit
  const from = outcome.status === 'Synced' ? to : appliedCommit(appState, to)
  if (from === appState.lag?.from && to === appState.lag?.to) return false
  if (from === undefined) appState.lag = undefined
  else appState.lag = from === to ? { from, to, behind: 0, appliedTime: newest.commitTime } : { from, to }
  return from !== undefined && from !== to
}

function appliedCommit(appState: AppState, newest: string): string | undefined {
  const told = appState.app.applied?.[0]
  if (told !== undefined) return told
  for (const { cause, baseline } of appState.records.values())
    if (cause === 'git' && baseline !== undefined) return baseline.commits[0]
  return appState.records.values().some(({ baseline }) => baseline !== undefined) ? newest : undefined
}

/** Counts the commits between. A commit that is gone (a forced push) has no distance: nothing is told then. */
export async function measureLag(appState: AppState, ports: CommitLagPorts): Promise<void> {
  const { lag } = appState
  const repository = appState.app.sources[0]?.repository
  if (lag === undefined || repository === undefined) return
  try {
    const [behind, { commitTime }] = await Promise.all([
      ports.commitsBetween(repository, lag.from, lag.to, ports.signal),
      ports.repositories.resolve(repository, lag.from, ports.signal),
    ])
    const measured: CommitLag = { ...lag, appliedTime: commitTime, ...(behind !== undefined && { behind }) }
    if (appState.lag === lag) appState.lag = measured
  } catch {
    if (appState.lag === lag) appState.lag = { from: lag.from, to: lag.to }
  }
}
