import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printYaml } from '../../src/kubernetes/serialization/yaml.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { createWorkingRepository, type WorkingRepository } from '../git/working-repository.ts'
import { type TemporaryFolder, temporaryFolder } from '../servers/folder.ts'
import { type GitServer, startGitServer } from '../servers/git-http-backend.ts'
import { helm, writeChart } from '../servers/helm.ts'
import { type Registry, startRegistry } from '../servers/registry.ts'
import { type StaticServer, startStaticServer } from '../servers/static-server.ts'
import { type Checked, check } from './check.ts'

/** What fleets are fetched from: Git by http, a Helm repository with other files, and a registry. */
export interface FleetServers extends AsyncDisposable {
  readonly folder: string
  readonly git: GitServer
  readonly files: StaticServer
  readonly registry: Registry
  /** Makes a repository, `https://git.example.com/<name>`, or adds to it. */
  repository(name: string, files: Readonly<Record<string, string>>): Promise<WorkingRepository>
  /** Publishes charts in `https://charts.example.com/stable` and `oci://registry.example.com/charts`. */
  publish(...charts: readonly { readonly name: string; readonly version: string }[]): Promise<void>
  /** A file under `https://files.example.com/`. */
  file(path: string, text: string): Promise<void>
}

/** A template that shows what it was rendered with. */
const TEMPLATE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
  namespace: {{ .Release.Namespace }}
data:
  color: {{ .Values.color | quote }}
`
export const CHART_FILES = { 'values.yaml': 'color: red\n', 'templates/config.yaml': TEMPLATE }

export async function startFleetServers(): Promise<FleetServers> {
  const folder = await temporaryFolder('fleets')
  const at = (name: string): string => join(folder.path, name)
  for (const name of ['git', 'files', 'files/stable']) await mkdir(at(name))
  const [git, files, registry] = await Promise.all([
    startGitServer({ root: at('git') }),
    startStaticServer({ folder: at('files') }),
    startRegistry(),
  ])
  await writeFile(at('registry.pem'), registry.ca)
  const repositories = new Map<string, WorkingRepository>()
  return {
    folder: folder.path,
    git,
    files,
    registry,
    async repository(name, content) {
      const known = repositories.get(name)
      const repository = known ?? (await createWorkingRepository(join(at('git'), name)))
      // As hosts of repositories have it: with and without.
      if (known === undefined) await symlink(repository.path, `${repository.path}.git`)
      repositories.set(name, repository)
      await repository.commit(content)
      return repository
    },
    async publish(...charts) {
      for (const { name, version } of charts) {
        const chart = await writeChart(at('charts'), name, version, CHART_FILES)
        await helm(folder.path, 'package', chart, '--destination', at('files/stable'))
        const packed = join(at('files/stable'), `${name}-${version}.tgz`)
        await helm(folder.path, 'push', packed, `oci://${registry.host}/charts`, '--ca-file', at('registry.pem'))
      }
      await helm(folder.path, 'repo', 'index', at('files/stable'))
    },
    async file(path, text) {
      await writeFile(join(at('files'), path), text)
    },
    [Symbol.asyncDispose]: async () => {
      await git.close()
      await files.close()
      await registry.close()
      await folder.close()
    },
  }
}

/** One fleet: what its clusters hold, as snapshots. */
export interface Fleet extends AsyncDisposable {
  readonly path: string
  cluster(name: string, objects: readonly JsonObject[]): Promise<void>
  /** Writes the config and gives its path. The names above are rewritten to the servers. */
  config(discovery: JsonObject, more?: FleetConfig): Promise<string>
  check(discovery: JsonObject, more?: FleetConfig): Promise<Checked>
}

export interface FleetConfig {
  readonly rewrites?: readonly Json[]
  readonly repositories?: readonly Json[]
  readonly credentials?: readonly Json[]
  /** Charts and artifacts of the registry, below `oci://registry.example.com/`. */
  readonly artifacts?: readonly string[]
}

export async function createFleet({ git, files, registry, folder }: FleetServers): Promise<Fleet> {
  const own: TemporaryFolder = await temporaryFolder('fleet')
  const clusters = new Set<string>()
  const config: Fleet['config'] = async (discovery, { artifacts = [], ...more } = {}) => {
    const path = join(own.path, 'config.yaml')
    const rewrites = [
      { match: 'https://git.example.com/', fetchFrom: `${git.url}/` },
      { match: 'https://github.com/', fetchFrom: `${git.url}/` },
      { match: 'https://charts.example.com/', fetchFrom: `${files.url}/` },
      { match: 'https://files.example.com/', fetchFrom: `${files.url}/` },
      ...(more.rewrites ?? []),
    ]
    const fromRegistry = artifacts.map((name) => ({
      url: `oci://registry.example.com/${name}`,
      fetchFrom: `oci://${registry.host}/${name}`,
      tls: { caFile: join(folder, 'registry.pem') },
    }))
    const document = {
      clusters: [...clusters].map((name) => ({ name, snapshot: { path: join(own.path, name), kinds: ['*'] } })),
      rewrites,
      repositories: [...fromRegistry, ...(more.repositories ?? [])],
      credentials: [...(more.credentials ?? [])],
      discovery,
    }
    await writeFile(path, printYaml(document))
    return path
  }
  return {
    path: own.path,
    async cluster(name, objects) {
      clusters.add(name)
      await mkdir(join(own.path, name), { recursive: true })
      await writeFile(join(own.path, name, 'all.yaml'), objects.map((object) => printYaml(object)).join('---\n'))
    },
    config,
    check: async (discovery, more) => check(await config(discovery, more)),
    [Symbol.asyncDispose]: own.close,
  }
}

/** Each app with the names of what it declares, or with why it is not known what that is. */
export function answers({ apps }: Checked): Readonly<Record<string, string>> {
  return Object.fromEntries(
    apps
      .map(({ identity, status, reason, message, objects }) => [
        apps.filter((one) => one.identity.name === identity.name).length > 1
          ? `${identity.name} (${identity.kind})`
          : identity.name,
        status === 'Unknown'
          ? `Unknown ${reason}: ${message}`
          : objects
              .map(({ kind, name }) => `${kind}/${name}`)
              .toSorted()
              .join(' '),
      ])
      .toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1)),
  )
}
