import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connectCluster } from '../../src/clusters/connect.ts'
import { packOutcome } from '../../src/engine/desired/packed-rendering.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine } from '../../src/engine/ports.ts'
import { createLiveFile } from '../../src/engine/state/live-file.ts'
import { createStateFile } from '../../src/engine/state/state-file.ts'
import { openGit } from '../../src/git/git-service.ts'
import { createTreeOpener } from '../../src/git/objects/tree-reader.ts'
import { journalPath } from '../../src/journal/store/journal-path.ts'
import { createJournalStore } from '../../src/journal/store/journal-store.ts'
import type { App } from '../../src/model/apps/app.ts'
import type { Inventory } from '../../src/model/apps/inventory.ts'
import type { ComparePolicy } from '../../src/model/apps/policy.ts'
import type { AppReport, FleetUpdate, Measurement } from '../../src/model/fleet.ts'
import { type AppIdentity, appId } from '../../src/model/identity.ts'
import type { LogLevel } from '../../src/model/log.ts'
import type { RepositoryId } from '../../src/model/sources/source.ts'
import { createRenderer } from '../../src/render/renderer.ts'
import { createFleetStore, type FleetStore } from '../../src/threads/fleet-store.ts'
import { urlOf } from '../discovery/urls.ts'
import { localJournal } from '../journal/local-journal.ts'

export interface StartOptions {
  readonly stateDirectory?: string
  readonly schedule?: string
  /** Git's history is asked for and never comes. */
  readonly historyHangs?: boolean
}

/** Repositories and snapshot folders in a temporary directory, and engines of real parts over them. */
export interface Fixture extends AsyncDisposable {
  readonly folder: string
  /** Writes files (`undefined` removes one) and commits them, now or at that time (Unix seconds). */
  commit(repository: string, files: Readonly<Record<string, string | undefined>>, time?: number): Promise<void>
  git(repository: string, ...args: readonly string[]): string
  /** Writes or removes a file of a cluster's snapshot. */
  live(cluster: string, file: string, text: string | undefined): Promise<void>
  /** Milliseconds that the engine’s clock and uptime are ahead; while it runs it can only be raised. */
  clockAhead: number
  start(options?: StartOptions): Promise<RunningEngine>
}

export interface RunningEngine extends AsyncDisposable {
  readonly engine: Engine
  readonly fleet: FleetStore
  readonly updates: readonly FleetUpdate[]
  readonly logged: readonly {
    readonly level: LogLevel
    readonly message: string
    readonly fields: Readonly<Record<string, unknown>> | undefined
  }[]
  report(app: string): AppReport | undefined
  /** Waits until an app's report meets the condition; fails with the last report when it never does. */
  until(app: string, wish: (report: AppReport) => boolean): Promise<AppReport>
  firstPass(): Promise<void>
  untilUpdate(wish: (update: FleetUpdate) => boolean): Promise<void>
  measurements(metric: string): readonly Measurement[]
  /** Waits until there are so many measurements of the metric. */
  sampled(metric: string, count: number): Promise<void>
}

const AUTHOR = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
const PATIENCE_MS = 20_000

export async function createFixture(): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'engine-test-'))
  const running = new Set<RunningEngine>()
  const git = (repository: string, ...args: readonly string[]): string =>
    execFileSync('git', ['-C', join(folder, repository), ...AUTHOR, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })

  async function put(path: string, text: string | undefined): Promise<void> {
    if (text === undefined) return rm(path, { recursive: true })
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }

  const fixture: Fixture = {
    folder,
    clockAhead: 0,
    git,
    async commit(repository, files, time) {
      await mkdir(join(folder, repository), { recursive: true })
      git(repository, 'init', '--quiet', '--initial-branch=main')
      for (const [file, text] of Object.entries(files)) await put(join(folder, repository, file), text)
      git(repository, 'add', '--all')
      git(repository, 'commit', '--quiet', '--allow-empty', '--message=change')
      if (time === undefined) return
      const date = `GIT_COMMITTER_DATE=@${time} +0000`
      execFileSync('env', [
        date,
        'git',
        '-C',
        join(folder, repository),
        ...AUTHOR,
        'commit',
        '--quiet',
        '--amend',
        '--allow-empty',
        '--no-edit',
      ])
    },
    live: (cluster, file, text) => put(join(folder, 'clusters', cluster, file), text),
    async start({ stateDirectory = join(folder, 'state'), ...options } = {}) {
      const started = await startEngine(fixture, stateDirectory, options)
      running.add(started)
      return started
    },
    async [Symbol.asyncDispose]() {
      for (const engine of running) await engine[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return fixture
}

async function startEngine(
  fixture: Fixture,
  stateDirectory: string,
  { schedule, historyHangs = false }: Omit<StartOptions, 'stateDirectory'>,
): Promise<RunningEngine> {
  const fleet = createFleetStore()
  const updates: FleetUpdate[] = []
  const logged: { level: LogLevel; message: string; fields: Readonly<Record<string, unknown>> | undefined }[] = []
  const now = (): number => Date.now() + fixture.clockAhead
  const redactionKey = randomBytes(32)
  const git = openGit({ stateDirectory, now: Date.now, random: Math.random })
  const renderer = createRenderer({
    openTree: createTreeOpener(),
    redactionKey,
    sandbox: () => {
      throw new Error('these tests render plain manifests')
    },
  })
  await mkdir(stateDirectory, { recursive: true })
  const store = createJournalStore({
    path: journalPath(stateDirectory),
    caps: { days: 90, bytes: 1e9, commitAuthors: false },
    now,
  })
  const engine = await createEngine(
    { staleAfter: { clusterSeconds: 120, gitSeconds: 300 }, ...(schedule !== undefined && { schedule }) },
    {
      git: historyHangs ? { ...git, commitsSince: (_repository, _commit, _time, signal) => untilAborted(signal) } : git,
      renderer: { render: async (request) => packOutcome(renderer.render(request)) },
      redactionKey,
      queryPointers: async () => {
        throw new Error('these tests ignore nothing by jq')
      },
      connect: (spec) => connectCluster(spec, { redactionKey }),
      stateFile: createStateFile(stateDirectory),
      liveFile: createLiveFile(stateDirectory),
      journal: localJournal(store),
      emit: (batch) => {
        updates.push(...batch)
        fleet.apply(batch)
      },
      log: (level, message, fields) => logged.push({ level, message, fields }),
      now,
      uptime: () => performance.now() + fixture.clockAhead,
      random: Math.random,
    },
  )
  let closed: Promise<void> | undefined
  const report = (app: string): AppReport | undefined =>
    [...fleet.apps.values()].find(({ summary }) => summary.name === app)

  const measurements = (metric: string): readonly Measurement[] =>
    updates.flatMap((update) =>
      update.type === 'measurements' ? update.measurements.filter((measurement) => measurement.metric === metric) : [],
    )

  return {
    engine,
    fleet,
    updates,
    logged,
    report,
    measurements,
    async untilUpdate(wish) {
      await eventually(fleet, () => (updates.some(wish) ? true : undefined))
    },
    async sampled(metric, count) {
      await eventually(fleet, () => (measurements(metric).length >= count ? true : undefined))
    },
    until(app, wish) {
      return eventually(fleet, () => {
        const current = report(app)
        return current !== undefined && wish(current) ? current : undefined
      }).catch(() => {
        throw new Error(
          `the report of ${app} never met the condition: ${JSON.stringify(report(app)?.verdict, bigIntText, 2)}`,
        )
      })
    },
    async firstPass() {
      await eventually(fleet, () => fleet.firstPassEndedAt)
    },
    [Symbol.asyncDispose]() {
      closed ??= engine.close().then(async () => {
        store.close()
        await git.close()
      })
      return closed
    },
  }
}

/** As a server that stops answering. */
async function untilAborted(signal: AbortSignal): Promise<never> {
  // What waits for nothing but a timer that the process does not wait for would let it end.
  const awake = setInterval(() => undefined, 1000)
  try {
    if (!signal.aborted) await once(signal, 'abort')
    throw signal.reason
  } finally {
    clearInterval(awake)
  }
}

const bigIntText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

function eventually<Value>(fleet: FleetStore, look: () => Value | undefined): Promise<Value> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      const found = look()
      if (found === undefined) return
      clearTimeout(timer)
      unsubscribe()
      resolve(found)
    }
    const timer = setTimeout(() => {
      unsubscribe()
      reject(new Error('it never came'))
    }, PATIENCE_MS)
    const unsubscribe = fleet.subscribe(check)
    check()
  })
}

export const POLICY: ComparePolicy = {
  method: 'client-side',
  added: 'drift',
  addedByNobody: 'report',
  operationalMarks: [],
  managers: ['kubectl-client-side-apply'],
  manualManagers: ['kubectl*'],
  ignore: [],
  secrets: 'compare',
}

export interface AppWish extends Partial<Omit<App, 'id' | 'sources' | 'to'>> {
  readonly name: string
  readonly cluster?: string
  readonly namespace?: string
  readonly repository?: string
  readonly revision?: string
  readonly path?: string
}

/** An app of the config file, from one folder of one repository of the fixture. */
export function app(fixture: Fixture, options: AppWish): App {
  const { name, cluster = 'one', namespace = 'shop', repository = 'repository', revision = 'main', ...rest } = options
  const { path = name, ...parts } = rest
  const identity: AppIdentity = {
    controller: parts.controller ?? 'static',
    kind: 'App',
    declaredIn: parts.declaredIn ?? '',
    namespace: '',
    name,
    destination: cluster,
  }
  return {
    project: '',
    labels: {},
    tracking: { method: 'none' },
    policy: POLICY,
    showValues: [namespace],
    autoSync: false,
    ...parts,
    ...identity,
    id: appId(identity),
    to: { cluster, server: '', namespace },
    sources: [
      {
        repository: repositoryId(repository),
        url: `file://${join(fixture.folder, repository)}`,
        targetRevision: revision,
        path,
        options: {
          tool: 'argocd',
          type: 'directory',
          directory: {},
          kustomize: {},
          helm: {},
          appName: name,
          namespace,
        },
      },
    ],
  }
}

const repositoryId = (name: string): RepositoryId => name as RepositoryId

/** The inventory of these apps, with the clusters and repositories that they name. */
export function inventory(fixture: Fixture, apps: readonly App[], kinds: readonly string[] = ['ConfigMap']): Inventory {
  const clusters = [...new Set(apps.map(({ to }) => to.cluster))].filter((name) => name !== 'nowhere')
  const repositories = [...new Set(apps.flatMap(({ sources }) => sources.map((source) => source.repository)))]
  return {
    clusters: clusters.map((name) => ({
      name,
      labels: {},
      access: { type: 'snapshot', path: join(fixture.folder, 'clusters', name), kinds },
    })),
    repositories: repositories.map((id) => {
      const url = urlOf(`file://${join(fixture.folder, id)}`)
      return {
        id,
        url: url.shown,
        fetchUrl: url.address,
        credentials: { type: 'none' },
        pollIntervalSeconds: 1,
        untrusted: false,
      }
    }),
    apps,
    problems: [],
  }
}

/** A ConfigMap as text: what most of these tests declare and edit. */
export function configMap(
  name: string,
  value: string,
  namespace?: string,
  annotations: Readonly<Record<string, string>> = {},
) {
  const metadata = { name, ...(namespace !== undefined && { namespace }), annotations }
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } })}\n`
}

export const isStatus =
  (status: AppReport['verdict']['outcome']['status']) =>
  ({ verdict }: AppReport): boolean =>
    verdict.outcome.status === status
