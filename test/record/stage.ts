import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import { foreignDefinitions } from '../e2e/corpus-apps.ts'
import { createWorkingRepository, type WorkingRepository } from '../git/working-repository.ts'
import { type ArgoCd, startArgoCd } from '../servers/argocd.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { startKubeControllerManager } from '../servers/kube-controller-manager.ts'
import { startKustomizeController } from '../servers/kustomize-controller.ts'
import type { Program } from '../servers/process.ts'
import { run } from '../servers/run.ts'
import { RECORDED_CLUSTERS, type RecordedCluster } from './controlled-apps.ts'
import { FIELD_KINDS, SURROUNDINGS } from './field-apps.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Real servers and controllers, and the repository that they roll out from. */
export interface Stage extends AsyncDisposable {
  readonly folder: string
  readonly repository: WorkingRepository
  readonly repositoryUrl: string
  readonly servers: Readonly<Record<RecordedCluster, KubeApiServer>>
  readonly argocd: ArgoCd
  readonly kustomizeController: Program
  /** All that have to run for a recording to be worth something. */
  readonly programs: readonly Program[]
  /** Commits and pushes to the Git server. */
  commit(files: Readonly<Record<string, string | Uint8Array | null>>): Promise<string>
  /** Tells Flux of the newest commit as its source-controller would: every Kustomization is reconciled by it. */
  publish(): Promise<{ readonly commit: string }>
}

export async function startStage(say: (line: string) => void): Promise<Stage> {
  await using parts = new AsyncDisposableStack()
  const { path: folder } = parts.use(await temporaryFolder('record'))
  const repository = await assembleRepository(join(folder, 'repository'))
  const bare = join(folder, 'git/platform.git')
  await run('git', ['clone', '--quiet', '--bare', repository.path, bare])
  const git = parts.use(await startGitServer({ root: join(folder, 'git') }))
  const repositoryUrl = `${git.url}/platform.git`
  say('starting API servers')
  const servers = {
    'client-side': parts.use(await startKubeApiServer()),
    'server-side': parts.use(await startKubeApiServer()),
    flux: parts.use(await startKubeApiServer()),
  }
  const definitions = await argocdDefinitions(repository.path)
  const managers: Program[] = []
  for (const cluster of RECORDED_CLUSTERS) {
    const { admin } = servers[cluster]
    const foreign = [...foreignDefinitions(), ...foreignDefinitions(FIELD_KINDS)]
    await admin.installCrds(foreign.map(toJsonObject))
    for (const object of SURROUNDINGS) await admin.apply(toJsonObject(object), 'people')
    if (cluster === 'client-side') await admin.installCrds([definitions])
    if (cluster === 'flux') await admin.installCrds([await kustomizationDefinition()])
    managers.push(parts.use(await startKubeControllerManager(servers[cluster])))
  }
  say('starting controllers')
  for (const name of ['argocd', 'flux']) await mkdir(join(folder, name))
  const argocd = parts.use(
    await startArgoCd(servers['client-side'], join(folder, 'argocd'), { 'server-side': servers['server-side'] }),
  )
  const artifacts = parts.use(await startArtifacts(join(folder, 'artifacts')))
  await servers.flux.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } })
  const publish = async () => {
    const artifact = await artifacts.publish(repository)
    await servers.flux.admin.apply(gitRepository(repositoryUrl, artifact), 'source-controller')
    return { commit: artifact.revision.slice(artifact.revision.indexOf(':') + 1) }
  }
  await publish()
  const kustomizeController = parts.use(await startKustomizeController(servers.flux, join(folder, 'flux')))
  const running = parts.move()
  return {
    folder,
    repository,
    repositoryUrl,
    servers,
    argocd,
    kustomizeController,
    programs: [...managers, argocd.controller, argocd.repoServer, kustomizeController],
    commit: async (files) => {
      const commit = await repository.commit(files)
      await repository.git('push', '--quiet', bare, 'main')
      return commit
    },
    publish,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** The repository of every recording and of its replay: the public repositories that the tests hold, as they lie in Git. */
export async function assembleRepository(path: string): Promise<WorkingRepository> {
  const repository = await createWorkingRepository(path)
  await cp(join(ROOT, 'test/render/corpus'), path, { recursive: true, verbatimSymlinks: true })
  const more = join(ROOT, 'test/e2e/corpus/more.tar.gz')
  await run('tar', ['--extract', '--gzip', '--file', more, '--directory', path])
  await cp(join(import.meta.dirname, 'apps'), join(path, 'field'), { recursive: true })
  await repository.commit({})
  return repository
}

/** Plain interfaces are JSON all the same; a round trip says so to the compiler. */
function toJsonObject(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value))
}

/** The CRDs in Argo CD's own manifests. */
async function argocdDefinitions(repository: string): Promise<string> {
  const folder = join(repository, 'argo-cd/manifests')
  const texts = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')))
  const documents = texts.flatMap((text) => text.split(/^---$/m))
  return `${documents.filter((document) => /^kind: CustomResourceDefinition$/m.test(document)).join('\n---\n')}\n`
}

export const kustomizationDefinition = (): Promise<string> =>
  moduleFile(
    'kustomize-controller',
    'github.com/fluxcd/kustomize-controller',
    'config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml',
  )

/** Where a file of a module lies that a tool is built from. */
export async function moduleFile(tool: string, module: string, file: string): Promise<string> {
  const args = ['list', '-m', '-f', '{{.Dir}}', module]
  const { stdout } = await run('go', args, { folder: join(ROOT, 'test/tools', tool) })
  return join(stdout.trim(), file)
}

interface Artifact {
  readonly url: string
  readonly revision: string
  readonly digest: string
  readonly size: number
}

/** What source-controller serves: a tarball for each commit. */
export async function startArtifacts(folder: string) {
  await mkdir(folder)
  const server = createServer((request, response) => {
    readFile(join(folder, String(request.url).replace(/[^\w.]/g, ''))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    publish: async (repository: WorkingRepository): Promise<Artifact> => {
      const commit = await repository.git('rev-parse', 'HEAD')
      const file = join(folder, `${commit}.tar.gz`)
      await repository.git('archive', '--format=tar.gz', `--output=${file}`, 'HEAD')
      const content = await readFile(file)
      return {
        url: `http://127.0.0.1:${address.port}/${commit}.tar.gz`,
        revision: `main@sha1:${commit}`,
        digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
        size: content.length,
      }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export function gitRepository(url: string, artifact: Artifact) {
  const lastUpdateTime = `${new Date().toISOString().slice(0, 19)}Z`
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'platform', namespace: 'flux-system' },
    spec: { url, interval: '1m', ref: { branch: 'main' } },
    status: {
      observedGeneration: 1,
      artifact: { ...artifact, path: artifact.url.slice(artifact.url.lastIndexOf('/') + 1), lastUpdateTime },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Succeeded',
          message: `stored artifact for revision '${artifact.revision}'`,
          lastTransitionTime: lastUpdateTime,
        },
      ],
    },
  }
}

/**
 * The exporter's config for these clusters; the same for the live servers and for a replay.
 * @param servers that cluster Secrets may name
 */
export async function writeRecordConfig(
  file: string,
  repository: { readonly url: string; readonly fetchFrom?: string },
  clusters: Readonly<Partial<Record<RecordedCluster, object>>>,
  servers: readonly string[] = [],
): Promise<void> {
  const trustedUrls = repository.fetchFrom === undefined ? [`${new URL(repository.url).origin}/*`, ...servers] : []
  const config = {
    stateDirectory: './state',
    metrics: { address: '127.0.0.1', port: 0 },
    pages: { address: '127.0.0.1', port: 0 },
    repositories: [repository],
    // On a busy machine, too.
    limits: { renderTimeout: '10m' },
    clusters: RECORDED_CLUSTERS.map((name) => ({ name, ...clusters[name] })),
    discovery: {
      argocd: [{ cluster: 'client-side', namespaces: ['argocd'], trustedUrls }],
      flux: [{ cluster: 'flux', trustedUrls, crossNamespaceReferences: true }],
      helm: [{ cluster: 'flux' }],
    },
  }
  await writeFile(file, JSON.stringify(config, null, 2))
}
