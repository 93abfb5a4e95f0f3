import type { App } from '../../model/apps/app.ts'
import type { Capabilities } from '../../model/clusters/cluster.ts'
import { CodedError, fromFailure } from '../../model/failure.ts'
import type { Revision } from '../../model/sources/git.ts'
import { type RemoteReference, remoteKey } from '../../model/sources/remote-reference.ts'
import type { RenderRemote } from '../../model/sources/rendering.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { PackedRendering } from './packed-rendering.ts'
import type { RemoteSources, ResolvedRemote } from './remote-sources.ts'
import { requestOf } from './render-request.ts'
import type { RenderingCache } from './rendering-cache.ts'

export interface AppRenderingPorts {
  readonly renderings: RenderingCache
  readonly remotes: RemoteSources
  readonly signal: AbortSignal
}

export interface AppRendering {
  readonly rendering: PackedRendering
  /** Repositories that files of its sources name, beside those of the app. */
  readonly remotes: readonly RepositoryId[]
}

/** A base may name another, and so on: deeper than this is a mistake, or an attack. */
const MOST_ROUNDS = 10
const MOST_REMOTES = 200

/**
 * Renders an app's sources at these revisions. What files of them name elsewhere is fetched when the renderer meets it, and then
 * it renders again: most apps name nothing, and pay nothing.
 * @throws CodedError as `Renderer.render`, which throws why something that is named cannot be had
 */
export async function renderApp(
  app: App,
  revisions: readonly Revision[],
  capabilities: Capabilities,
  { renderings, remotes, signal }: AppRenderingPorts,
): Promise<AppRendering> {
  const request = requestOf(app, revisions, capabilities)
  const found = new Map<string, ResolvedRemote>()
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const known = [...found.values()]
    const remote = known.map((one) => one.remote)
    const made = await renderings
      .get(known.length === 0 ? request : { ...request, remotes: remote })
      .catch((error: unknown) => {
        throw namingServer(error, remote)
      })
    if (!('needs' in made)) return { rendering: made, remotes: known.flatMap(({ repository }) => repository ?? []) }
    const wanted = missing(made.needs, found)
    if (wanted.size === 0) throw new CodedError('GDE_INTERNAL', 'what was fetched is asked for again')
    if (found.size + wanted.size > MOST_REMOTES) throw tooMany(`more than ${MOST_REMOTES} things that lie elsewhere`)
    const resolved = await Promise.all(
      [...wanted].map(async ([key, reference]) => [key, await remotes.resolve(app, reference, signal)] as const),
    )
    for (const [key, one] of resolved) found.set(key, one)
  }
  throw tooMany(`what lies elsewhere names what lies elsewhere, more than ${MOST_ROUNDS} times in a row`)
}

/** A base that cannot be had because its server does not answer may be had later: the failure names what is asked then. */
function namingServer(error: unknown, remotes: readonly RenderRemote[]): unknown {
  if (!(error instanceof CodedError) || error.failure.code !== 'GDE_RENDER_REMOTE_BASE') return error
  const repository = remotes.flatMap(({ failure }) => failure?.repository ?? []).at(0)
  return repository === undefined ? error : fromFailure({ ...error.failure, repository })
}

function missing(
  needs: readonly RemoteReference[],
  found: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, RemoteReference> {
  return new Map(
    needs.map((reference) => [remoteKey(reference), reference] as const).filter(([key]) => !found.has(key)),
  )
}

function tooMany(what: string): CodedError {
  return new CodedError('GDE_TOO_LARGE', `files of the app name ${what}`)
}
