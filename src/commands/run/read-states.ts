import type { Failure } from '../../model/failure.ts'
import type { AppReport, FleetUpdate } from '../../model/fleet.ts'
import { withoutUserInfo } from '../../model/sources/repository-url.ts'

/** What something is, as an update tells. */
export interface StateReading {
  readonly kind: 'app' | 'cluster' | 'repository' | 'discovery'
  readonly id: string
  /** For people. */
  readonly name: string
  /** Such as `Synced`, `Unknown (GDE_GIT_AUTH)`, `up`; another one is a change. */
  readonly state: string
  readonly isGood: boolean
  /** Also told when it is so from the start. */
  readonly isBadFromStart: boolean
  /** What changes in the same way is told together. */
  readonly group: string
  readonly failure?: Failure
  /** Unix seconds, where the update says it. */
  readonly since?: number
}

export function readStates(update: FleetUpdate): readonly StateReading[] {
  switch (update.type) {
    case 'app':
      return [appState(update.report)]
    case 'cluster': {
      const { name, up, failure } = update.report.status
      return isNotAskedYet(up, failure) ? [] : [connection('cluster', name, name, up, failure)]
    }
    case 'repository': {
      const { repository, url, up, failure } = update.status
      return isNotAskedYet(up, failure) ? [] : [connection('repository', repository, withoutUserInfo(url), up, failure)]
    }
    case 'sources':
      return update.reports.map(({ controller, declaredIn, up }) => {
        const name = declaredIn === '' ? controller : `${controller} in ${declaredIn}`
        // Nothing is read yet at the start: that is no failure.
        return {
          ...connection('discovery', name, name, up, undefined),
          isBadFromStart: false,
          state: up ? 'read' : 'not read',
        }
      })
    default:
      return []
  }
}

/** Before the first answer nothing is up, and nothing has failed either. */
function isNotAskedYet(up: boolean, failure: Failure | undefined): boolean {
  return !up && failure === undefined
}

function appState({ summary, verdict }: AppReport): StateReading {
  const { outcome } = verdict
  const name = `${summary.name} in ${summary.destination}`
  const failure = outcome.status === 'Unknown' ? outcome.reason : undefined
  const state = failure === undefined ? outcome.status : `${outcome.status} (${failure.code})`
  const since =
    outcome.status === 'OutOfSync'
      ? verdict.outOfSyncSince
      : outcome.status === 'Unknown'
        ? verdict.unknownSince
        : undefined
  return {
    kind: 'app',
    id: summary.id,
    name,
    state,
    isGood: outcome.status === 'Synced',
    isBadFromStart: false,
    group: `app ${state} ${summary.destination}`,
    ...(failure !== undefined && { failure }),
    ...(since !== undefined && { since }),
  }
}

function connection(
  kind: StateReading['kind'],
  id: string,
  name: string,
  up: boolean,
  failure: Failure | undefined,
): StateReading {
  const state = up ? 'up' : 'down'
  const reason = up || failure === undefined ? {} : { failure }
  return { kind, id, name, state, isGood: up, isBadFromStart: !up, group: `${kind} ${id} ${state}`, ...reason }
}
