import type { ApplicationSetReport, Problem } from '../model/apps/inventory.ts'
import {
  type AppReport,
  type ClusterReport,
  type DestinationApps,
  evaluatedAgain,
  type Fleet,
  type FleetUpdate,
  recountDestinations,
} from '../model/fleet.ts'
import type { AppId } from '../model/identity.ts'
import type { JournalStatus } from '../model/journal/journal.ts'
import type { RepositoryStatus } from '../model/sources/git.ts'

/** The store of the main thread: the last reports of the engine. */
export interface FleetStore extends Fleet {
  /** @throws AggregateError what listeners threw, after every update was stored and all listeners were called */
  apply(updates: readonly FleetUpdate[]): void
  /** What keeps the journal from being kept as it should be; told beside the problems of the inventory. */
  setJournalProblems(problems: JournalStatus['problems']): void
}

export function createFleetStore(): FleetStore {
  const apps = new Map<AppId, AppReport>()
  const destinations = new Map<string, DestinationApps>()
  const [clusters, repositories] = [new Map<string, ClusterReport>(), new Map<string, RepositoryStatus>()]
  const listeners = new Set<(update: FleetUpdate) => void>()
  let problems: readonly Problem[] = []
  let journalProblems: readonly Problem[] = []
  let applicationSets: readonly ApplicationSetReport[] = []
  let sources: Fleet['sources']
  let lastPassEndedAt: number | undefined
  let firstPassEndedAt: number | undefined

  function store(update: FleetUpdate): void {
    switch (update.type) {
      case 'app':
        recountDestinations(destinations, apps.get(update.report.summary.id), update.report)
        apps.set(update.report.summary.id, update.report)
        return
      case 'evaluated':
        noteEvaluated(apps, update.apps, update.at)
        return
      case 'appGone':
        recountDestinations(destinations, apps.get(update.app), undefined)
        apps.delete(update.app)
        return
      case 'cluster':
        clusters.set(update.report.status.name, update.report)
        return
      case 'clusterGone':
        clusters.delete(update.name)
        return
      case 'repository':
        repositories.set(update.status.repository, update.status)
        return
      case 'repositoryGone':
        repositories.delete(update.repository)
        return
      case 'problems':
        problems = update.problems
        return
      case 'applicationSets':
        applicationSets = update.reports
        return
      case 'pass':
        firstPassEndedAt ??= update.endedAt
        lastPassEndedAt = update.endedAt
        return
      case 'sources':
        sources = update
        return
      case 'measurements':
        return
      default:
        update satisfies never
    }
  }

  return {
    apps,
    destinations,
    clusters,
    repositories,
    get problems() {
      return journalProblems.length === 0 ? problems : [...problems, ...journalProblems]
    },
    get applicationSets() {
      return applicationSets
    },
    get sources() {
      return sources
    },
    get lastPassEndedAt() {
      return lastPassEndedAt
    },
    get firstPassEndedAt() {
      return firstPassEndedAt
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    setJournalProblems(latest) {
      journalProblems = latest.map((failure) => ({ subject: 'journal', failure }))
    },
    apply(updates) {
      const thrown: unknown[] = []
      for (const update of updates) {
        store(update)
        for (const listener of listeners) {
          try {
            listener(update)
          } catch (error) {
            thrown.push(error)
          }
        }
      }
      if (thrown.length > 0) throw new AggregateError(thrown, 'listeners of the verdict store failed')
    },
  }
}

function noteEvaluated(reports: Map<AppId, AppReport>, apps: readonly AppId[], at: number): void {
  for (const app of apps) {
    const report = reports.get(app)
    if (report !== undefined) reports.set(app, evaluatedAgain(report, at))
  }
}
