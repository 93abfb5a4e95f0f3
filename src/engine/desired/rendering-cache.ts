import { createHash } from 'node:crypto'
import { ByteLru } from '../../concurrency/byte-lru.ts'
import type { ErrorCode } from '../../model/errors.ts'
import { type Failure, fromFailure, toFailure } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'
import type { GitService } from '../../model/sources/git.ts'
import {
  type DestinationVersions,
  type RemotesNeeded,
  type RenderRemote,
  type RenderRequest,
  type RenderSource,
  type SourceTree,
  treesOf,
} from '../../model/sources/rendering.ts'
import type { PackedOutcome, PackedRendering, PackingRenderer } from './packed-rendering.ts'

export interface RenderingCacheOptions {
  readonly renderer: PackingRenderer
  readonly unchanged: GitService['unchanged']
  /** Unix milliseconds. */
  readonly now: () => number
  /**
   * Aborts everything at shutdown. Removing one app aborts nothing, since other apps may wait for the same rendering.
   */
  readonly signal: AbortSignal
  readonly maxBytes?: number
}

export interface RenderingCache {
  /** @throws CodedError as `Renderer.render` */
  get(request: RenderRequest): Promise<PackedOutcome>
}

/** Renderings that no app uses any more are kept up to this size: for reverted commits and for baselines. */
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024
/** A rendering that exceeded its time or memory is retried only after this long. */
const RETRY_MS = 300_000
/** What a rendering lacks is told again for this long without looking: then entries of earlier commits go. */
const NEEDS_MS = 3_600_000
const COSTLY: readonly ErrorCode[] = ['GDE_TIMEOUT', 'GDE_RENDER_CRASHED']
/** Any other failure of these kinds depends only on the content of the request, so it is cached. */
const LASTING = /^GDE_(?:RENDER|UNSUPPORTED|TOO_LARGE|GIT_PATH|GIT_UNSUPPORTED|JQ|TEMPLATE)/

/** One request, among those that differ only in commits and destination. */
interface Entry {
  trees: readonly SourceTree[]
  readonly destination: string
  readonly startedAt: number
  /** While it is being rendered. */
  pending: Promise<PackedOutcome> | undefined
  /** Weak: the rendering stays available while an app or the list of recent ones refers to it. */
  declared?: WeakRef<PackedRendering>
  failure?: Failure
  needs?: RemotesNeeded
}

/**
 * Renders each content once: apps and clusters share a rendering, equal requests wait for the one that is under way,
 * and a new commit causes a rendering only where it changed a dependency. Apps keep the renderings that they use alive;
 * the last ones used are kept longer.
 */
export function createRenderingCache(options: RenderingCacheOptions): RenderingCache {
  const { renderer, now, signal, maxBytes = DEFAULT_MAX_BYTES } = options
  const shapes = new Map<string, Entry[]>()
  const recent = new ByteLru<PackedRendering, true>(maxBytes)
  let sweepAt = 1000

  function touch(rendering: PackedRendering): PackedRendering {
    recent.set(rendering, true, rendering.bytes)
    return rendering
  }

  function isAlive(entry: Entry): boolean {
    if (entry.failure !== undefined) return isLasting(entry.failure, entry.startedAt, now())
    if (entry.needs !== undefined) return now() - entry.startedAt < NEEDS_MS
    return entry.pending !== undefined || entry.declared?.deref() !== undefined
  }

  /** A failure comes without dependencies, and so does what is needed: it is valid for exactly the same trees only. */
  async function holds(entry: Entry, request: RenderRequest, destination: string): Promise<boolean> {
    const trees = treesOf(request)
    const same = sameTrees(entry.trees, trees)
    const rendering = entry.declared?.deref()
    if (rendering === undefined)
      return (entry.failure ?? entry.needs) !== undefined && same && entry.destination === destination
    if (rendering.usedDestination && entry.destination !== destination) return false
    // The commit is part of the result, so equal files are not enough.
    if (rendering.usedCommit) return sameCommits(entry.trees, trees)
    if (same) return true
    if (!(await options.unchanged(trees, rendering.dependencies, signal))) return false
    entry.trees = trees
    return true
  }

  function begin(request: RenderRequest, destination: string): { entry: Entry; pending: Promise<PackedOutcome> } {
    const trees = treesOf(request)
    const pending = renderer.render(request, signal)
    const entry: Entry = { trees, destination, startedAt: now(), pending }
    pending.then(
      (outcome) => {
        entry.pending = undefined
        if ('needs' in outcome) entry.needs = outcome
        else entry.declared = new WeakRef(touch(outcome))
      },
      (thrown: unknown) => {
        entry.pending = undefined
        entry.failure = toFailure(thrown)
      },
    )
    return { entry, pending }
  }

  async function find(
    known: readonly Entry[],
    request: RenderRequest,
    destination: string,
  ): Promise<Entry | undefined> {
    for (const entry of known.toReversed()) {
      // One under way for another destination may turn out not to depend on the destination at all.
      await entry.pending?.catch(() => undefined)
      if (isAlive(entry) && (await holds(entry, request, destination))) return entry
    }
    return undefined
  }

  /** Removes entries whose rendering was collected; runs when the map has doubled. */
  function sweep(): void {
    if (shapes.size < sweepAt) return
    for (const [shape, entries] of shapes) if (!entries.some(isAlive)) shapes.delete(shape)
    sweepAt = Math.max(1000, shapes.size * 2)
  }

  return {
    async get(request) {
      sweep()
      const shape = shapeOf(request)
      const destination = destinationOf(request.destination)
      let entries: readonly Entry[] | undefined
      do {
        entries = shapes.get(shape)
        const known = await find((entries ?? []).filter(isAlive), request, destination)
        if (known?.failure !== undefined) throw fromFailure({ ...known.failure, app: request.app })
        const rendering = known?.declared?.deref()
        if (rendering !== undefined) return touch(rendering)
        if (known?.needs !== undefined) return known.needs
        // Another caller may have started the same rendering meanwhile: look again.
      } while (shapes.get(shape) !== entries)
      const { entry, pending } = begin(request, destination)
      shapes.set(shape, [...(shapes.get(shape) ?? []).filter(isAlive), entry])
      return pending
    },
  }
}

/** The same for requests that differ only in commits and destination. */
function shapeOf({ sources, remotes, storedRelease, declaredRelease, formerRelease }: RenderRequest): string {
  const trees = [sources.map(withoutCommit), remotes?.map(withoutTree)]
  return hashOf(JSON.stringify([...trees, storedRelease, declaredRelease, formerRelease], bigIntText))
}

function isLasting(failure: Failure, startedAt: number, now: number): boolean {
  if (COSTLY.includes(failure.code)) return now - startedAt < RETRY_MS
  return LASTING.test(failure.code)
}

function sameTrees(one: readonly SourceTree[], other: readonly SourceTree[]): boolean {
  return one.length === other.length && one.every((tree, index) => tree.tree === other[index]?.tree)
}

function sameCommits(one: readonly SourceTree[], other: readonly SourceTree[]): boolean {
  return one.length === other.length && one.every(({ commit }, index) => commit === other[index]?.commit)
}

function withoutCommit({ tree, ...source }: RenderSource): Omit<RenderSource, 'tree'> & { gitDirectory: string } {
  return { ...source, gitDirectory: tree.gitDirectory }
}

function withoutTree({ reference, failure, tree }: RenderRemote): unknown {
  return { reference, failure, gitDirectory: tree?.gitDirectory }
}

const bigIntText = (_key: string, value: Json): Json => (typeof value === 'bigint' ? `${value}n` : value)

function destinationOf({ kubeVersion, apiVersions }: DestinationVersions): string {
  return hashOf(`${kubeVersion}\n${apiVersions.join('\n')}`)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
