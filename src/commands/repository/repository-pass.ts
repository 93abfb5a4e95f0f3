import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openTree } from '../../git/objects/tree-reader.ts'
import { printJson } from '../../kubernetes/serialization/json.ts'
import type { Problem } from '../../model/apps/inventory.ts'
import { CodedError, type Failure } from '../../model/failure.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { Settings } from '../../model/settings.ts'
import { type Runtime, startRuntime } from '../../threads/runtime.ts'
import { makeTemporaryFolder } from '../../threads/temporary-folder.ts'
import { type Logging, onePassOptions } from '../run/runtime-options.ts'
import { type Checkout, openCheckout } from './checkout.ts'
import {
  blobKey,
  type ControlCluster,
  clustersOf,
  divideClusters,
  fileDeclarations,
  isBelow,
  mergeDeclarations,
  namesOfFolders,
} from './control-clusters.ts'
import { allowedRepositories, type Bootstrap, type ControlSettings, controlSettings } from './control-settings.ts'
import { type Outcome, outcomeOf } from './coverage.ts'
import { evaluateRepository, isStatic, type RepositoryApp, type Round } from './evaluate-repository.ts'
import { type FoundResources, findResources, readConfigMaps } from './find-resources.ts'
import { reachesFile } from './kustomization-file.ts'
import { withServedArtifacts } from './served-artifacts.ts'
import { needsCluster, withUsual } from './usual-resources.ts'

/** Everything that a commit would deploy. */
export interface RepositoryPass {
  readonly commit: string
  readonly apps: readonly RepositoryApp[]
  /** ApplicationSets and files whose apps are not known. */
  readonly others: readonly { readonly subject: string; readonly outcome: Outcome }[]
  /** What was taken to be there, and what is declared several times, each time otherwise. */
  readonly notes: readonly string[]
}

export interface RepositoryPassOptions extends Logging {
  readonly folder: string
  /** Folders that are each what a cluster begins with; none: they are found out. */
  readonly paths: readonly string[]
  /** URLs by which files name the repository, besides those of its remotes. */
  readonly urls: readonly string[]
  readonly offline: boolean
  readonly config: Settings | undefined
  readonly signal: AbortSignal
  /** Of each round. */
  readonly timeoutSeconds: number
  readonly showSecrets: boolean
}

/** Apps of apps of apps: each round follows one level. */
const MOST_ROUNDS = 12
const MOST_RESOURCES = 20_000

/**
 * Renders every app that a commit declares, and what these declare in turn, until nothing new comes.
 * @throws CodedError `GDE_GIT_*`, `GDE_TOO_LARGE`
 */
export async function repositoryPass(options: RepositoryPassOptions): Promise<RepositoryPass> {
  const { folder, urls, signal, config } = options
  const temporary = await makeTemporaryFolder('gitops-drift-exporter-repository-')
  try {
    const checkout = await openCheckout(folder, urls, join(temporary, 'checkout'), signal)
    const emptyFolder = join(temporary, 'empty')
    await mkdir(emptyFolder, { mode: 0o700 })
    // A snapshot of nothing would be a mistake.
    await writeFile(join(emptyFolder, 'nothing.json'), '{"apiVersion":"v1","kind":"List","items":[]}')
    const settings = controlSettings({
      ...options,
      clusters: [],
      bootstraps: [],
      destinations: [],
      emptyFolder,
      checkout,
    })
    const runtime = await startRuntime(onePassOptions(config ?? settings, options, options.showSecrets))
    try {
      return await follow(runtime, { ...options, checkout, emptyFolder, temporary })
    } finally {
      await runtime.close()
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

interface Following extends RepositoryPassOptions {
  readonly checkout: Checkout
  readonly emptyFolder: string
  readonly temporary: string
}

/** What one round knows, made of the rounds before. */
interface Known {
  /** What apps declare, by the control cluster that the apps are of. */
  readonly rendered: Round['declared']
  /** Blobs that apps have read. */
  readonly read: ReadonlySet<string>
  readonly destinations: readonly string[]
  readonly bootstraps: readonly Bootstrap[]
}

async function follow(runtime: Runtime, following: Following): Promise<RepositoryPass> {
  const { checkout, paths } = following
  const found = findResources(openTree(checkout.head.tree))
  const plain = plainFiles(found, paths)
  const clusters = divideClusters(plain, paths)
  const around = {
    clusters: clusters.map(({ name }) => name),
    configMaps: found.files.flatMap(({ resources }) => resources.flatMap(readConfigMaps)),
  }
  let known: Known = { rendered: new Map(), read: new Set(), destinations: [], bootstraps: [] }
  let before = ''
  for (let round = 1; ; round += 1) {
    requireBounds(round, known)
    const shares = await writeShares({ ...found, files: plain }, clusters, known, following, round)
    const now = JSON.stringify([shares.text, known.destinations, known.bootstraps])
    const settings = controlSettings({ ...following, ...known, clusters: shares.written })
    const last = await evaluateRepository(runtime, settings, around, following)
    if (now === before) {
      const bootstraps = bootstrapsOf(found, clusters, known, paths)
      if (bootstraps.length === 0) return resultOf(last, found, shares, known, following)
      known = { ...known, bootstraps: [...known.bootstraps, ...bootstraps] }
      continue
    }
    before = now
    known = {
      ...known,
      rendered: last.declared,
      read: new Set([...known.read, ...last.apps.flatMap(({ read }) => read)]),
      destinations: [...new Set([...known.destinations, ...last.unknownClusters])].toSorted(),
    }
  }
}

/** Those where clusters begin, without what kustomizations name: what these make of it counts. */
function plainFiles({ files, kustomizations }: FoundResources, paths: readonly string[]): FoundResources['files'] {
  const named = new Set(kustomizations.flatMap(({ names }) => names))
  return files.filter(({ file }) => !named.has(file) && isInside(file, paths))
}

function isInside(file: string, paths: readonly string[]): boolean {
  return paths.length === 0 || paths.some((path) => isBelow(file, path))
}

function requireBounds(round: number, { rendered }: Known): void {
  if (round > MOST_ROUNDS)
    throw new CodedError('GDE_TOO_LARGE', `apps declare apps over more than ${MOST_ROUNDS} levels, or others each time`)
  if ([...rendered.values()].flat().length > MOST_RESOURCES)
    throw new CodedError('GDE_TOO_LARGE', `apps declare more than ${MOST_RESOURCES} resources of Argo CD and Flux`)
}

interface Shares {
  readonly written: ControlSettings['clusters']
  /** The same while the same is written. */
  readonly text: string
  /** ApplicationSets that a repository alone says nothing of. */
  readonly sets: readonly KubernetesObject[]
  readonly notes: readonly string[]
}

/** Writes what each control cluster holds as a snapshot. What apps render comes before what files say, and files that apps read say nothing. */
async function writeShares(
  { files, kustomizations }: FoundResources,
  clusters: readonly ControlCluster[],
  { rendered, read, destinations }: Known,
  { checkout, config, temporary }: Following,
  round: number,
): Promise<Shares> {
  const raw = files.filter(({ file, oid }) => !read.has(blobKey(file, oid)))
  const configured = config?.clusters ?? []
  const usesHelm = kustomizations.some((one) => one.usesHelm)
  // Without a config any cluster is one that Argo CD knows, and sets that ask for all of them are left out.
  const registered = configured.length > 0 ? configured : destinations.map((name) => ({ name, labels: {} }))
  const shares = clusters.map((cluster) => {
    const declared = [...(rendered.get(cluster.name) ?? []), ...fileDeclarations(cluster, clusters, raw)]
    const { resources, conflicts } = mergeDeclarations(declared)
    const usual = withUsual(resources, checkout, registered, usesHelm)
    const asking = configured.length === 0 ? usual.resources.filter(needsCluster) : []
    const answered = withServedArtifacts(usual.resources.filter((one) => !asking.includes(one)))
    return { ...usual, cluster, conflicts, asking, lines: answered.map((resource) => printJson(resource)) }
  })
  for (const { cluster, lines } of shares) {
    const folder = join(temporary, `round-${round}`, cluster.name)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(join(folder, 'resources.jsonl'), `${lines.join('\n')}\n`, { mode: 0o600 })
  }
  return {
    written: shares.map(({ cluster, argocdNamespaces }) => ({
      name: cluster.name,
      folder: join(temporary, `round-${round}`, cluster.name),
      argocdNamespaces,
    })),
    text: JSON.stringify(shares.map(({ lines }) => lines.toSorted())),
    sets: shares.flatMap(({ asking }) => asking),
    notes: [...new Set(shares.flatMap(({ conflicts, assumed }) => [...conflicts, ...assumed]))],
  }
}

/** Kustomizations that make resources of controllers, that no other one names and no app applies: somebody applies them by hand. */
function bootstrapsOf(
  { files, kustomizations }: FoundResources,
  clusters: readonly ControlCluster[],
  { read, bootstraps }: Known,
  paths: readonly string[],
): readonly Bootstrap[] {
  const named = new Set(kustomizations.flatMap(({ names }) => names))
  const byPlace = new Map(kustomizations.flatMap((one) => [[one.folder, one] as const, [one.file, one] as const]))
  const declaring = new Set(files.map(({ file }) => file))
  const names = namesOfFolders(
    kustomizations.map(({ folder }) => folder),
    'root',
  )
  return kustomizations.flatMap((one, index) => {
    const { file, oid, folder, isComponent } = one
    // What somebody says that a cluster begins with is applied by hand, whatever else names it.
    const isChosen = paths.includes(folder)
    const isApplied = read.has(blobKey(file, oid)) || (!isChosen && (named.has(folder) || named.has(file)))
    if (!isInside(file, paths) || isComponent || isApplied || bootstraps.some(({ path }) => path === folder)) return []
    if (!reachesFile(one, byPlace, declaring)) return []
    const [cluster] = clustersOf(file, clusters)
    const name = `kustomization-${names[index]}`
    return cluster === undefined ? [] : [{ name, path: folder, cluster: cluster.name }]
  })
}

function resultOf(
  { apps, sets }: Round,
  { problems, kustomizations, notes }: FoundResources,
  shares: Shares,
  { bootstraps }: Known,
  following: Following,
): RepositoryPass {
  const allowed = allowedRepositories(following)
  const managed = new Set(apps.filter((one) => !isStatic(one)).flatMap(({ read }) => read))
  // What manages itself once it is there is an app of its controller.
  const isManaged = ({ path }: Bootstrap): boolean =>
    kustomizations.some(({ folder, file, oid }) => folder === path && managed.has(blobKey(file, oid)))
  const left = new Set(bootstraps.filter(isManaged).map(({ name }) => name))
  const shown = apps.filter((one) => !isStatic(one) || !left.has(one.app.name))
  return {
    commit: following.checkout.head.commit,
    apps: shown.map(({ app, objects, failure }) => ({ app, objects, outcome: outcomeOf(failure, allowed) })),
    others: [
      ...problems.filter(({ subject }) => isInside(subject, following.paths)).map(fileOutcome),
      ...shares.sets.map(setOutcome),
      ...sets.map(({ subject, failure }) => ({ subject, outcome: outcomeOf(failure, allowed) })),
    ],
    notes: [...notes, ...shares.notes],
  }
}

function fileOutcome({ subject, failure }: Problem): RepositoryPass['others'][number] {
  return { subject, outcome: { type: 'failed', failure } }
}

function setOutcome({ metadata }: KubernetesObject): RepositoryPass['others'][number] {
  const failure: Failure = {
    code: 'GDE_CLUSTER_UNKNOWN',
    message: 'its generator asks which clusters are registered, which no repository says; `clusters` of a config do',
  }
  const subject = `ApplicationSet ${String(metadata.namespace ?? '')}/${metadata.name}`
  return { subject, outcome: { type: 'needs', needs: 'a cluster', failure } }
}
