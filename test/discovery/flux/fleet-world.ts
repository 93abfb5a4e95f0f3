import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { printYaml } from '../../../src/kubernetes/serialization/yaml.ts'
import type { ClusterSpec } from '../../../src/model/apps/inventory.ts'
import type { AppReport } from '../../../src/model/fleet.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import type { DiscoverySettings, Settings } from '../../../src/model/settings.ts'
import { type Runtime, startRuntime } from '../../../src/threads/runtime.ts'
import { urlOf } from '../urls.ts'
import { SETTINGS } from './flux-snapshot.ts'

/** A repository, clusters as snapshot folders, and the runtime over them. */
export interface FleetFixture extends AsyncDisposable {
  readonly folder: string
  readonly runtime: Runtime
  readonly settings: Settings
  /** Now, or at that time, Unix seconds. */
  commit(files: Readonly<Record<string, string | undefined>>, time?: number): Promise<string>
  copy(from: string): Promise<void>
  /** Writes or removes one file of a cluster. */
  live(cluster: string, file: string, objects: readonly JsonObject[] | undefined): Promise<void>
  /** Makes one file of a cluster unreadable. */
  broken(cluster: string, file: string): Promise<void>
  follow(discovery: Partial<DiscoverySettings>): void
  report(name: string): AppReport | undefined
  until(name: string, wish: (report: AppReport) => boolean): Promise<AppReport>
  /** Resolves when there is no such app any more. */
  gone(name: string): Promise<void>
}

/** What the config says where it says nothing of what resources may do. */
export const NO_RULES = {
  allowedRepositories: [],
  trustedUrls: [],
  artifactUrls: [],
  controllerNamespace: 'flux-system',
}
export const REPOSITORY_URL = 'https://git.example.com/fleet.git'
export const JOURNAL = { days: 90, bytes: 1e9, commitAuthors: false }
const TIMEOUT_MS = 60_000

/** @param servers clusters besides, that are no folders */
export async function fleetFixture(
  clusters: readonly string[],
  servers: readonly ClusterSpec[] = [],
): Promise<FleetFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'gde-fleet-'))
  const repository = join(folder, 'repository')
  await mkdir(repository)
  for (const cluster of clusters) await mkdir(join(folder, cluster))
  const gitAt = (time: number | undefined, ...args: readonly string[]): string => {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com']
    const env = time === undefined ? process.env : { ...process.env, GIT_COMMITTER_DATE: `@${time} +0000` }
    return execFileSync('git', ['-C', repository, ...identity, ...args], { encoding: 'utf8', env }).trim()
  }
  const git = (...args: readonly string[]): string => gitAt(undefined, ...args)
  git('init', '--quiet', '--initial-branch=main')
  const settings: Settings = {
    ...SETTINGS,
    clusters: [
      ...servers,
      ...clusters.map(
        (name): ClusterSpec => ({
          name,
          labels: {},
          access: { type: 'snapshot', path: join(folder, name), kinds: [] },
        }),
      ),
    ],
    repositories: [
      {
        url: urlOf(REPOSITORY_URL),
        fetchFrom: urlOf(`file://${repository}`),
        credentials: { type: 'none' },
        pollIntervalSeconds: 1,
      },
    ],
  }
  const { staleAfter, limits } = settings
  const runtime = await startRuntime({
    stateDirectory: 'temporary',
    staleAfter,
    limits,
    // As `serve` has one: since when an app drifts is kept there.
    journal: JOURNAL,
    log: () => undefined,
  })
  const report = (name: string): AppReport | undefined =>
    [...runtime.fleet.apps.values()].find(({ summary }) => `${summary.declaredIn}/${summary.name}` === name)
  return {
    folder,
    runtime,
    settings,
    async commit(files, time) {
      for (const [name, text] of Object.entries(files)) {
        const path = join(repository, name)
        await mkdir(dirname(path), { recursive: true })
        if (text === undefined) await rm(path)
        else await writeFile(path, text)
      }
      git('add', '--all')
      gitAt(time, 'commit', '--quiet', '--allow-empty', '--message', 'change')
      return git('rev-parse', 'HEAD')
    },
    copy: (from) => cp(from, repository, { recursive: true }),
    async live(cluster, file, objects) {
      const path = join(folder, cluster, file)
      if (objects === undefined) return rm(path)
      // Half a file must not be seen.
      await writeFile(`${path}.part`, objects.map((object) => printYaml(object)).join('---\n'))
      await rename(`${path}.part`, path)
    },
    broken: (cluster, file) => writeFile(join(folder, cluster, file), '{'),
    follow(discovery) {
      runtime.follow({ settings: { ...settings, discovery: { argocd: [], flux: [], helm: [], ...discovery } } })
    },
    report,
    until(name, wish) {
      const { promise, resolve, reject } = Promise.withResolvers<AppReport>()
      const timer = setTimeout(
        () => reject(new Error(`${name} never came to it: ${JSON.stringify(report(name), bigText, 2)}`)),
        TIMEOUT_MS,
      )
      const check = (): void => {
        const now = report(name)
        if (now !== undefined && wish(now)) resolve(now)
      }
      const stop = runtime.fleet.subscribe(check)
      check()
      return promise.finally(() => {
        clearTimeout(timer)
        stop()
      })
    },
    async gone(name) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const timer = setTimeout(() => reject(new Error(`${name} is still there`)), TIMEOUT_MS)
      const check = (): void => {
        if (report(name) === undefined) resolve()
      }
      const stop = runtime.fleet.subscribe(check)
      check()
      await promise.finally(() => {
        clearTimeout(timer)
        stop()
      })
    },
    async [Symbol.asyncDispose]() {
      await runtime.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function bigText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

export function isStatus(status: 'Synced' | 'OutOfSync' | 'Unknown'): (report: AppReport) => boolean {
  return ({ verdict: { outcome } }) =>
    outcome.status === status && (outcome.status !== 'Unknown' || outcome.reason.code !== 'GDE_NOT_EVALUATED')
}

export function isUnknownFor(code: string): (report: AppReport) => boolean {
  return ({ verdict: { outcome } }) => outcome.status === 'Unknown' && outcome.reason.code === code
}

/** Which chart was installed, and with which values. */
interface InstalledChart {
  readonly chart?: { readonly name: string; readonly version: string }
  readonly config?: JsonObject
}

/** A Secret of Helm's storage as Helm writes it. */
export function releaseSecret(
  namespace: string,
  name: string,
  version: number,
  manifest: string,
  status = 'deployed',
  { chart = { name, version: '1.9.0' }, config = {} }: InstalledChart = {},
): JsonObject {
  const release: Json = {
    name,
    namespace,
    version,
    info: { status },
    chart: { metadata: { ...chart } },
    config,
    manifest,
  }
  const content = gzipSync(JSON.stringify(release)).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `sh.helm.release.v1.${name}.v${version}`,
      namespace,
      labels: { owner: 'helm', name, status, version: String(version) },
    },
    type: 'helm.sh/release.v1',
    data: { release: Buffer.from(content).toString('base64') },
  }
}
