import { createHash } from 'node:crypto'
import type { ErrorCode } from '../../model/errors.ts'
import { type Failure, fromFailure, toFailure } from '../../model/failure.ts'
import type { GitService } from '../../model/git.ts'
import type { Json } from '../../model/json.ts'
import type { DestinationVersions, RenderRequest, RenderSource, SourceTree } from '../../model/rendering.ts'
import type { PackedRendering, PackingRenderer } from './packed-rendering.ts'

export interface RenderingCacheOptions {
  readonly renderer: PackingRenderer
  readonly unchanged: GitService['unchanged']
  /** Unix milliseconds. */
  readonly now: () => number
  /** Ends all that is under way: what one app asked for another may wait for, so no app's own end stops it. */
  readonly signal: AbortSignal
  readonly maxBytes?: number
}

export interface RenderingCache {
  /** @throws CodedError as `Renderer.render` */
  get(request: RenderRequest): Promise<PackedRendering>
}

/** Renderings that no app uses any more are held up to this size: a reverted commit, the desired state before the last one. */
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024
/** What used up its time or memory is tried again only after this long. */
const RETRY_MS = 300_000
const COSTLY: readonly ErrorCode[] = ['GDE_TIMEOUT', 'GDE_RENDER_CRASHED']
/** Every other failure of these kinds follows from the content of the request alone. */
const LASTING = /^GDE_(?:RENDER|UNSUPPORTED|TOO_LARGE|GIT_PATH|GIT_UNSUPPORTED|JQ|TEMPLATE)/

/** One request that was made, among those that differ in nothing but the commits and the destination. */
interface Entry {
  trees: readonly SourceTree[]
  readonly destination: string
  readonly startedAt: number
  /** While it is being rendered. */
  pending: Promise<PackedRendering> | undefined
  /** Set when it is there: found for as long as anybody holds it. */
  declared?: WeakRef<PackedRendering>
  failure?: Failure
}

/**
 * Renders each content once: apps and clusters share a rendering, requests for what is being rendered wait for it, and a new commit renders
 * only what depends on what it changed. Apps hold the renderings they use; the last ones used are held a while longer.
 */
export function createRenderingCache(options: RenderingCacheOptions): RenderingCache {
  const { renderer, now, signal, maxBytes = DEFAULT_MAX_BYTES } = options
  const shapes = new Map<string, Entry[]>()
  const recent = new Map<PackedRendering, number>()
  let recentBytes = 0
  let sweepAt = 1000

  function touch(rendering: PackedRendering): PackedRendering {
    if (recent.delete(rendering)) recentBytes -= rendering.bytes
    recent.set(rendering, rendering.bytes)
    recentBytes += rendering.bytes
    for (const [oldest, bytes] of recent) {
      if (recentBytes <= maxBytes) break
      recent.delete(oldest)
      recentBytes -= bytes
    }
    return rendering
  }

  function isAlive(entry: Entry): boolean {
    if (entry.failure !== undefined) return isLasting(entry.failure, entry.startedAt, now())
    return entry.pending !== undefined || entry.declared?.deref() !== undefined
  }

  /** A failure tells no dependencies, so it holds for its very trees alone. */
  async function holds(entry: Entry, request: RenderRequest, destination: string): Promise<boolean> {
    const trees = request.sources.map((source) => source.tree)
    const same = sameTrees(entry.trees, trees)
    const rendering = entry.declared?.deref()
    if (rendering === undefined) return entry.failure !== undefined && same && entry.destination === destination
    if (rendering.usedDestination && entry.destination !== destination) return false
    // A commit that changes no file is another commit even so.
    if (rendering.usedCommit) return sameCommits(entry.trees, trees)
    if (same) return true
    if (!(await options.unchanged(trees, rendering.dependencies, signal))) return false
    entry.trees = trees
    return true
  }

  function begin(request: RenderRequest, destination: string): { entry: Entry; pending: Promise<PackedRendering> } {
    const trees = request.sources.map((source) => source.tree)
    const pending = renderer.render(request, signal)
    const entry: Entry = { trees, destination, startedAt: now(), pending }
    pending.then(
      (rendering) => {
        entry.pending = undefined
        entry.declared = new WeakRef(touch(rendering))
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
      // What is under way for another destination tells at its end whether it asked for the destination at all.
      await entry.pending?.catch(() => undefined)
      if (isAlive(entry) && (await holds(entry, request, destination))) return entry
    }
    return undefined
  }

  /** Requests that nobody makes any more leave nothing but an empty entry; they are swept now and then. */
  function sweep(): void {
    if (shapes.size < sweepAt) return
    for (const [shape, entries] of shapes) if (!entries.some(isAlive)) shapes.delete(shape)
    sweepAt = Math.max(1000, shapes.size * 2)
  }

  return {
    async get(request) {
      sweep()
      const shape = hashOf(JSON.stringify([request.sources.map(withoutCommit), request.storedRelease], bigIntText))
      const destination = destinationOf(request.destination)
      let entries: readonly Entry[] | undefined
      do {
        entries = shapes.get(shape)
        const known = await find((entries ?? []).filter(isAlive), request, destination)
        if (known?.failure !== undefined) throw fromFailure({ ...known.failure, app: request.app })
        const rendering = known?.declared?.deref()
        if (rendering !== undefined) return touch(rendering)
        // Somebody else may have begun the same in the meantime.
      } while (shapes.get(shape) !== entries)
      const { entry, pending } = begin(request, destination)
      shapes.set(shape, [...(shapes.get(shape) ?? []).filter(isAlive), entry])
      return pending
    },
  }
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

const bigIntText = (_key: string, value: Json): Json => (typeof value === 'bigint' ? `${value}n` : value)

function destinationOf({ kubeVersion, apiVersions }: DestinationVersions): string {
  return hashOf(`${kubeVersion}\n${apiVersions.join('\n')}`)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
