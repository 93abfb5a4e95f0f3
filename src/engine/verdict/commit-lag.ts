import type { GitService } from '../../model/git.ts'
import type { Outcome } from '../../model/verdict.ts'
import type { AppUnit, CommitLag } from '../app-state.ts'
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
export function noteLag(unit: AppUnit, outcome: Outcome): boolean {
  const newest = unit.desired?.revisions[0]
  if (newest === undefined) return false
  const to = newest.commit
  const from = outcome.status === 'Synced' ? to : appliedCommit(unit, to)
  if (from === unit.lag?.from && to === unit.lag?.to) return false
  if (from === undefined) unit.lag = undefined
  else unit.lag = from === to ? { from, to, behind: 0, appliedTime: newest.commitTime } : { from, to }
  return from !== undefined && from !== to
}

function appliedCommit(unit: AppUnit, newest: string): string | undefined {
  const told = unit.app.applied?.[0]
  if (told !== undefined) return told
  for (const { cause, base } of unit.records.values()) if (cause === 'git' && base !== undefined) return base.commits[0]
  return unit.records.values().some(({ base }) => base !== undefined) ? newest : undefined
}

/** Counts the commits between. A commit that is gone (a forced push) has no distance: nothing is told then. */
export async function measureLag(unit: AppUnit, ports: CommitLagPorts): Promise<void> {
  const { lag } = unit
  const repository = unit.app.sources[0]?.repository
  if (lag === undefined || repository === undefined) return
  try {
    const [behind, { commitTime }] = await Promise.all([
      ports.commitsBetween(repository, lag.from, lag.to, ports.signal),
      ports.repositories.resolve(repository, lag.from, ports.signal),
    ])
    const measured: CommitLag = { ...lag, appliedTime: commitTime, ...(behind !== undefined && { behind }) }
    if (unit.lag === lag) unit.lag = measured
  } catch {
    if (unit.lag === lag) unit.lag = { from: lag.from, to: lag.to }
  }
}
