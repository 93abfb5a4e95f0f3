import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exporter } from '../e2e/exporter.ts'
import { CHANGES, type Change, COMMITS, LAST_CHANGES, LATE_CHANGES } from './changes.ts'
import { appKey, type ControlledApp, controlledApps, type RecordedCluster } from './controlled-apps.ts'
import { judged, refreshAll, startServing, writeState } from './keep.ts'
import { type ChangeRow, type Measured, makeChange, seenApps } from './measure.ts'
import { RECORDINGS } from './recording.ts'
import { isGood, reportedStatus, resourcePath, text } from './reported-status.ts'
import { rollOut } from './roll-out.ts'
import { type Stage, startStage } from './stage.ts'
import { changeTable } from './table.ts'

type Say = (line: string) => void
type Rows = Readonly<Record<string, readonly ChangeRow[]>>

/** The second half of a recording: people come to apps that were rolled out, and what they do is timed. */
export async function recordChanges(say: Say): Promise<void> {
  await using stage = await startStage(say)
  const apps = await changedApps(stage)
  say(`rolling out ${apps.length} apps`)
  say(`rolled out; not done: ${(await rollOut(stage, apps)).join(', ') || 'none'}`)
  // Pods, Endpoints and revisions are made after the objects that they are for.
  await sleep(10_000)
  await refreshAll(stage, apps)
  await using exporter = await startServing(stage)
  await judged(exporter, apps)
  const people = new People(stage, exporter, apps, say)
  for (const change of [...CHANGES, ...COMMITS]) await people.make(change)
  await people.settled()
  const programs = [stage.argocd.controller, stage.kustomizeController]
  for (const program of programs) program.pause()
  for (const change of LATE_CHANGES) await people.make(change)
  await people.settled()
  for (const program of programs) program.resume()
  const isLeftAlone = new Set([...CHANGES, ...LAST_CHANGES].filter(({ suspended }) => suspended).map(({ app }) => app))
  await refreshAll(
    stage,
    apps.filter(({ namespace }) => !isLeftAlone.has(namespace)),
  )
  await writeState(stage, apps, 'changed', say)
  for (const change of LAST_CHANGES) await people.make(change)
  const rows = await people.afterInterval(isLeftAlone)
  await writeFile(join(RECORDINGS, 'changes.json'), `${JSON.stringify({ rows }, null, 1)}\n`)
  console.log(changeTable(rows))
}

/** Apps that somebody does something to and that somebody watches over: Helm looks at nothing once it has installed. */
async function changedApps(stage: Stage): Promise<readonly ControlledApp[]> {
  const changed = new Set([...CHANGES, ...COMMITS, ...LATE_CHANGES, ...LAST_CHANGES].map(({ app }) => app))
  const all = await controlledApps(stage.repository.path)
  const apps = all.filter(({ namespace, controller }) => changed.has(namespace) && controller !== 'helm')
  const lost = [...changed].filter((name) => !apps.some(({ namespace }) => namespace === name))
  if (lost.length > 0) throw new Error(`changed, but no app: ${lost.join(', ')}`)
  return apps
}

class People {
  readonly #stage: Stage
  readonly #exporter: Exporter
  readonly #apps: readonly ControlledApp[]
  readonly #say: Say
  /** So many rows were printed. */
  #told = 0
  readonly #measured: (Measured & { readonly change: Change })[] = []

  constructor(stage: Stage, exporter: Exporter, apps: readonly ControlledApp[], say: Say) {
    this.#stage = stage
    this.#exporter = exporter
    this.#apps = apps
    this.#say = say
  }

  /** To each instance for itself, but for a commit, which is one for all. */
  async make(change: Change): Promise<void> {
    const own = this.#apps.filter(
      ({ namespace, controller }) => namespace === change.app && (change.only ?? controller) === controller,
    )
    const good: ControlledApp[] = []
    for (const app of own) {
      const reported = await reportedStatus(app, this.#stage.servers)
      if (isGood(reported)) good.push(app)
      else this.#say(`${change.what}: ${appKey(app)} is ${reported.status} before: ${reported.message}`)
    }
    const groups = change.commit === undefined ? good.map((app) => [app]) : [good]
    for (const group of groups)
      for (const measured of await makeChange(this.#stage, this.#exporter, change, group))
        this.#measured.push({ ...measured, change })
  }

  /** Waits for what the controllers have to say of all that was made. */
  async settled(): Promise<void> {
    for (const { app, row } of this.#measured.slice(this.#told))
      this.#say(`${app.cluster}: ${JSON.stringify(await row)}`)
    this.#told = this.#measured.length
  }

  /** Lets Flux come to its apps, and tells what it made of the changes. */
  async afterInterval(leftAlone: ReadonlySet<string>): Promise<Rows> {
    const { commit } = await this.#stage.publish()
    const flux = this.#apps.filter(({ controller }) => controller === 'flux')
    for (const app of flux) if (!leftAlone.has(app.namespace)) await reconciled(this.#stage, app, commit)
    await this.settled()
    const rows: Record<RecordedCluster, ChangeRow[]> = { 'client-side': [], 'server-side': [], flux: [] }
    for (const { app, row, change } of this.#measured) {
      const { controller, exporter, ...rest } = await row
      const isWatched = app.controller === 'flux' && exporter.status !== 'Synced'
      const left = isWatched && change.commit === undefined ? await this.#left(app) : undefined
      rows[app.cluster].push({
        ...rest,
        controller: left === undefined ? controller : { ...controller, atInterval: left },
        exporter,
      })
    }
    return rows
  }

  async #left({ name, cluster }: ControlledApp): Promise<'undone' | 'stays'> {
    const deadline = performance.now() + 10_000
    for (;;) {
      const seen = (await seenApps(this.#exporter)).get(`${name}@${cluster}`)
      if (seen?.status === 'Synced') return 'undone'
      if (performance.now() > deadline) return 'stays'
      await sleep(500)
    }
  }
}

/** Until kustomize-controller has applied the commit, or has failed to. */
async function reconciled(stage: Stage, app: ControlledApp, commit: string): Promise<void> {
  const deadline = performance.now() + 300_000
  for (;;) {
    const resource = await stage.servers.flux.admin.request('GET', resourcePath(app))
    if (text(resource, 'status', 'lastAttemptedRevision').endsWith(commit)) return
    if (performance.now() > deadline) throw new Error(`${appKey(app)} was never reconciled`)
    await sleep(500)
  }
}
