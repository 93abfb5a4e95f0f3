import { isDeepStrictEqual } from 'node:util'
import type { AppReport, Fleet, FleetUpdate } from '../../model/fleet.ts'
import type { AppId } from '../../model/identity.ts'
import type { JsonObject } from '../../model/json.ts'
import { withoutUserInfo } from '../../model/sources/repository-url.ts'
import type { AppScope, Viewer } from '../access/viewer.ts'

/** Something that changed, and what decides who is told. */
export type FleetEvent =
  | {
      readonly type: 'app'
      readonly id: AppId
      /** As it was told before, and as it is; absent where there was none, or is none any more. */
      readonly before?: AppScope
      readonly after?: AppScope
      readonly data: JsonObject
    }
  /** Told to those who see everything. */
  | { readonly type: 'cluster' | 'repository' | 'problems'; readonly data: JsonObject }

/** What one listener is sent. */
export interface SentEvent {
  readonly type: 'app' | 'appGone' | 'cluster' | 'repository' | 'problems'
  readonly data: JsonObject
}

/** What somebody is told of an event; undefined for what is not his. An app that he may not see any more is gone for him. */
export function eventFor(viewer: Viewer, event: FleetEvent): SentEvent | undefined {
  if (event.type !== 'app') return viewer.seesEverything ? event : undefined
  const { id, before, after, data } = event
  if (after !== undefined && viewer.sees(after)) return { type: 'app', data }
  return before !== undefined && viewer.sees(before) ? { type: 'appGone', data: { id } } : undefined
}

/**
 * Turns updates into events, and leaves out those that change nothing of what is shown. It holds the reports that the fleet holds, and takes time
 * by the size of a report.
 * @param fleet as it is before the first update
 */
export function createEventReader(fleet: Fleet): (update: FleetUpdate) => FleetEvent | undefined {
  const apps = new Map<AppId, AppReport>(fleet.apps)
  const others = new Map<string, string>()

  function ofApp(report: AppReport): FleetEvent | undefined {
    const { id } = report.summary
    const known = apps.get(id)
    apps.set(id, report)
    if (known !== undefined && isDeepStrictEqual(shownOf(known), shownOf(report))) return undefined
    return { type: 'app', id, ...(known && { before: scopeOf(known) }), after: scopeOf(report), data: appData(report) }
  }

  function ofOther(
    type: 'cluster' | 'repository' | 'problems',
    name: string,
    data: JsonObject,
  ): FleetEvent | undefined {
    const text = JSON.stringify(data)
    if (others.get(`${type} ${name}`) === text) return undefined
    others.set(`${type} ${name}`, text)
    return { type, data }
  }

  function read(update: FleetUpdate): FleetEvent | undefined {
    switch (update.type) {
      case 'app':
        return ofApp(update.report)
      case 'appGone': {
        const known = apps.get(update.app)
        apps.delete(update.app)
        return known && { type: 'app', id: update.app, before: scopeOf(known), data: {} }
      }
      case 'cluster': {
        const { name, up, failure } = update.report.status
        return ofOther('cluster', name, { name, up, reason: failure?.code ?? null })
      }
      case 'clusterGone':
        others.delete(`cluster ${update.name}`)
        return { type: 'cluster', data: { name: update.name, up: null, reason: null } }
      case 'repository': {
        const { repository, url, up, failure } = update.status
        return ofOther('repository', repository, { url: withoutUserInfo(url), up, reason: failure?.code ?? null })
      }
      case 'repositoryGone':
        others.delete(`repository ${update.repository}`)
        return undefined
      case 'problems':
        return ofOther('problems', '', { count: update.problems.length })
      case 'evaluated':
      case 'applicationSets':
      case 'sources':
      case 'measurements':
      case 'pass':
        return undefined
      default:
        return update satisfies never
    }
  }

  for (const report of fleet.clusters.values()) read({ type: 'cluster', report })
  for (const status of fleet.repositories.values()) read({ type: 'repository', status })
  read({ type: 'problems', problems: fleet.problems })
  return read
}

function scopeOf({ summary }: AppReport): AppScope {
  const { controller, kind, declaredIn, namespace, name, destination, project } = summary
  return { controller, kind, declaredIn, namespace, name, destination, project }
}

function appData({ summary, verdict }: AppReport): JsonObject {
  const { outcome } = verdict
  return {
    id: summary.id,
    status: outcome.status,
    cause: outcome.status === 'OutOfSync' ? outcome.cause : null,
    reason: outcome.status === 'Unknown' ? outcome.reason.code : null,
    since: verdict.outOfSyncSince ?? verdict.unknownSince ?? null,
  }
}

/** What a list or a page shows of an app, but for the times of its last evaluation, which are new again and again. */
function shownOf({ summary, verdict, commitsBehind, waitingCommit }: AppReport) {
  const { evaluatedAt: _evaluated, lastSynced: _synced, ...shown } = verdict
  return { summary, shown, commitsBehind, waitingCommit }
}
