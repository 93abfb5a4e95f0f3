import { setTimeout as sleep } from 'node:timers/promises'
import type { Exporter } from '../e2e/exporter.ts'
import type { SeenApp } from '../e2e/exposition.ts'
import type { Change } from './changes.ts'
import type { ControlledApp } from './controlled-apps.ts'
import { isGood, reportedStatus, resourcePath, serverOf } from './reported-status.ts'
import type { Stage } from './stage.ts'

/** How soon somebody saw a change: null is not at all. */
export interface Seen {
  readonly status: string
  readonly milliseconds: number | null
}

export interface ChangeRow {
  readonly what: string
  readonly app: string
  readonly controller: Seen & {
    /** Of Flux: what became of the change when the controller came to the app again. */
    readonly atInterval?: 'undone' | 'stays'
  }
  readonly exporter: Seen & { readonly cause: string }
}

/** What the exporter saw, and what the controller will have seen when it had its time. */
export interface Measured {
  readonly app: ControlledApp
  readonly row: Promise<ChangeRow>
}

/** In this time Argo CD looks at every app anew, and asks Git: its default is two minutes, and up to one more. */
const CONTROLLER_SECONDS = 240
const EXPORTER_SECONDS = 60
/** What is no drift for the exporter is waited for no longer than what is. */
const NO_DRIFT_SECONDS = 5
/** Nobody sees anything while it hangs, or of what it was told to leave alone. */
const LEFT_ALONE_SECONDS = 30

/** Makes a change to these apps and waits until the exporter saw it; the controller is waited for by who asks for the row. */
export async function makeChange(
  stage: Stage,
  exporter: Exporter,
  change: Change,
  apps: readonly ControlledApp[],
): Promise<readonly Measured[]> {
  if (change.suspended === true) for (const app of apps) await suspend(stage, app)
  const started = performance.now()
  for (const app of apps)
    if (change.kubectl !== undefined)
      await stage.servers[app.cluster].kubectl([...change.kubectl, `--namespace=${app.namespace}`])
  if (change.commit !== undefined) await stage.commit(change.commit)
  const most = change.told.every((line) => / report\b/.test(line)) && change.told.length > 0
  const own = apps.map((app) =>
    watch(started, most ? NO_DRIFT_SECONDS : EXPORTER_SECONDS, async () => {
      const seen = (await seenApps(exporter)).get(`${app.name}@${app.cluster}`)
      return { status: seen?.status ?? 'absent', cause: seen?.cause ?? '', isSeen: seen?.status !== 'Synced' }
    }),
  )
  const seconds = change.controllerHangs === true || change.suspended === true ? LEFT_ALONE_SECONDS : CONTROLLER_SECONDS
  const controllers = apps.map((app) =>
    watch(started, seconds, async () => {
      const reported = await reportedStatus(app, stage.servers)
      return { status: reported.status, cause: '', isSeen: !isGood(reported) }
    }),
  )
  const rows = apps.map(async (app, index): Promise<ChangeRow> => {
    const [exporterSaw, controllerSaw] = await Promise.all([own[index], controllers[index]])
    if (exporterSaw === undefined || controllerSaw === undefined) throw new Error(`${app.name} was not watched`)
    const { status, milliseconds } = controllerSaw
    return { what: change.what, app: change.app, controller: { status, milliseconds }, exporter: exporterSaw }
  })
  await Promise.all(own)
  return apps.map((app, index) => ({ app, row: rows[index] ?? Promise.reject(new Error('no row')) }))
}

/** What the exporter says; a scrape that it does not answer in time on a busy machine is made again, as Prometheus would. */
export async function seenApps(exporter: Exporter): Promise<ReadonlyMap<string, SeenApp>> {
  for (let tries = 1; ; tries++)
    try {
      return await exporter.apps()
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError'
      if (!isLate || tries === 10) throw error
    }
}

interface Look {
  readonly status: string
  readonly cause: string
  readonly isSeen: boolean
}

/** Asks often at first and then less, so that what takes long costs nobody's time. */
async function watch(started: number, seconds: number, look: () => Promise<Look>) {
  for (;;) {
    const { status, cause, isSeen } = await look()
    const passed = performance.now() - started
    if (isSeen) return { status, cause, milliseconds: Math.round(passed) }
    if (passed > seconds * 1000) return { status, cause, milliseconds: null }
    await sleep(Math.min(1000, Math.max(40, passed / 20)))
  }
}

async function suspend(stage: Stage, app: ControlledApp): Promise<void> {
  const { admin } = serverOf(app, stage.servers)
  const annotations = { 'argocd.argoproj.io/skip-reconcile': 'true' }
  const patch = app.controller === 'argocd' ? { metadata: { annotations } } : { spec: { suspend: true } }
  await admin.request('PATCH', resourcePath(app), patch, 'application/merge-patch+json')
}
