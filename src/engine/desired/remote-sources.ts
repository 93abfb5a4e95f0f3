import type { App } from '../../model/apps/app.ts'
import type { Inventory, RepositorySpec } from '../../model/apps/inventory.ts'
import { CodedError, type Failure } from '../../model/failure.ts'
import type { AppId } from '../../model/identity.ts'
import { type RemoteReference, remoteKey, remoteUrl } from '../../model/sources/remote-reference.ts'
import type { RenderRemote } from '../../model/sources/rendering.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { Repositories, ResolvedSource } from './repositories.ts'

export interface ResolvedRemote {
  readonly remote: RenderRemote
  /** Absent where the app may not have it. */
  readonly repository?: RepositoryId
}

/** What files of an app's sources name elsewhere: whether the app may have it, and what is there. */
export interface RemoteSources {
  /**
   * Fetches what is named, for this app, or says why it cannot be had: `GDE_NOT_PERMITTED`, `GDE_UNSUPPORTED_*`, `GDE_GIT_*`,
   * `GDE_SOURCE_*`. Its repository is watched from now on, until `keep` leaves it out.
   */
  resolve(app: App, reference: RemoteReference, signal: AbortSignal): Promise<ResolvedRemote>
  /** The app needs these, and no others any more. */
  keep(app: AppId, repositories: readonly RepositoryId[]): void
  /** By the latest inventory. Who may have something else than before is told. */
  configure(resolveRemote: Inventory['resolveRemote']): void
}

/** References of one app that are remembered. */
const MOST_ASKED = 200

interface Asked {
  readonly app: App
  /** What was answered to each reference that was asked for, by its key. */
  readonly answers: Map<string, { readonly reference: RemoteReference; readonly answer: string }>
}

/**
 * @param onBorrowed which repositories the app needs besides those of its sources, whenever that changes: it waits for those that fail, too
 * @param onPermission the app may have what it may not before, or the other way round, or with other credentials
 */
export function createRemoteSources(
  repositories: Repositories,
  onBorrowed: (app: AppId, repositories: readonly RepositoryId[]) => void,
  onPermission: (app: AppId) => void,
): RemoteSources {
  let specFor: Inventory['resolveRemote']
  const borrowed = new Map<AppId, ReadonlyMap<RepositoryId, RepositorySpec>>()

  const asked = new Map<AppId, Asked>()

  function note(app: App, reference: RemoteReference, answer: RepositorySpec | Failure): void {
    const answers = asked.get(app.id)?.answers ?? new Map()
    const key = remoteKey(reference)
    answers.delete(key)
    answers.set(key, { reference, answer: answerText(answer) })
    const [oldest] = answers.keys()
    if (answers.size > MOST_ASKED && oldest !== undefined) answers.delete(oldest)
    asked.set(app.id, { app, answers })
  }

  function lend(app: AppId, specs: ReadonlyMap<RepositoryId, RepositorySpec>): void {
    if (specs.size === 0) borrowed.delete(app)
    else borrowed.set(app, specs)
    repositories.borrow(app, [...specs.values()])
    onBorrowed(app, [...specs.keys()])
  }

  function permitted(app: App, reference: RemoteReference): RepositorySpec | Failure {
    if (specFor === undefined)
      return { code: 'GDE_NOT_PERMITTED', message: `nothing says whether ${app.name} may read ${remoteUrl(reference)}` }
    try {
      return specFor(app, reference)
    } catch (error) {
      if (error instanceof CodedError) return error.failure
      throw error
    }
  }

  return {
    async resolve(app, reference, signal) {
      const spec = permitted(app, reference)
      note(app, reference, spec)
      if ('code' in spec) return { remote: { reference, failure: spec } }
      const repository = spec.id
      const known = borrowed.get(app.id)
      if (known?.has(repository) !== true) lend(app.id, new Map([...(known ?? []), [repository, spec]]))
      try {
        const { tree } = await repositories.resolve(sourceOf(reference, spec), signal)
        return { remote: { reference, tree }, repository }
      } catch (error) {
        if (!(error instanceof CodedError)) throw error
        const { message, ...where } = error.failure
        const url = remoteUrl(reference)
        const shown = message.startsWith(`${url}: `) ? message : `${url}: ${message}`
        const failure = { repository: spec.url, ...where, message: shown }
        return { remote: { reference, failure }, repository }
      }
    },
    keep(app, kept) {
      const answers = asked.get(app)?.answers
      for (const [key, { answer }] of answers ?? []) if (!kept.some((id) => id === answer)) answers?.delete(key)
      if (answers?.size === 0) asked.delete(app)
      const known = borrowed.get(app)
      if (known === undefined) return
      const still = new Map([...known].filter(([id]) => kept.includes(id)))
      if (still.size < known.size) lend(app, still)
    },
    configure(resolveRemote) {
      specFor = resolveRemote
      for (const [id, { app, answers }] of asked)
        if ([...answers.values()].some(({ reference, answer }) => answerText(permitted(app, reference)) !== answer))
          onPermission(id)
    },
  }
}

/** The same for the same repository with the same credentials, and for the same refusal. */
function answerText(answer: RepositorySpec | Failure): string {
  return 'code' in answer ? `${answer.code}: ${answer.message}` : answer.id
}

function sourceOf(reference: RemoteReference, { id: repository }: RepositorySpec): ResolvedSource {
  switch (reference.type) {
    case 'git':
      return { repository, targetRevision: reference.revision || 'HEAD' }
    case 'file':
      return { repository, targetRevision: '' }
    case 'helm':
      return { repository, chart: reference.chart, targetRevision: reference.version }
    case 'oci':
      return { repository, targetRevision: reference.version }
    default:
      return reference satisfies never
  }
}
