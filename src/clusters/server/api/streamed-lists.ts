import type { ServedKind } from '../../../model/clusters/cluster.ts'
import { CodedError } from '../../../model/failure.ts'
import { groupKindText } from '../../../model/object.ts'
import { RefusedError } from '../failures.ts'
import { mayBeAggregated } from './target.ts'

/** The server streams a list and does not say where it ends: an aggregated one that passes over what it was asked, or a proxy. */
export class EndlessListError extends CodedError {}

/** What a server says that cannot stream: it does not know the parameters, or the feature is turned off. */
const CANNOT = [400, 405, 406, 415, 422]

/** From this minor version on API servers stream lists unless they are told not to. */
const FIRST_MINOR = 34

/**
 * Which lists of a cluster are asked for as a stream; the others come in pages. Every server may have one: its version says that it
 * should stream, what it answers whether it does.
 */
export class StreamedLists {
  /** `v1.36.0`; undefined until the server said it. */
  readonly #kubeVersion: () => string | undefined
  /** Kinds that come in pages. */
  readonly #paged = new Set<string>()
  #allPaged = false
  /** What was learnt is of this version. */
  #version: string | undefined

  constructor(kubeVersion: () => string | undefined) {
    this.#kubeVersion = kubeVersion
  }

  mayStream(kind: ServedKind): boolean {
    const version = this.#kubeVersion()
    if (version !== this.#version) {
      this.#version = version
      this.#allPaged = false
      this.#paged.clear()
    }
    return (
      !this.#allPaged &&
      streamsByDefault(version) &&
      kind.verbs.includes('watch') &&
      !this.#paged.has(groupKindText(kind))
    )
  }

  /** A list that was streamed did not come to its end. What shows that it never will is remembered: of the kind, or of the server. */
  noteFailure(kind: ServedKind, error: unknown): void {
    const isFinal =
      error instanceof EndlessListError || (error instanceof RefusedError && CANNOT.includes(error.status))
    if (!isFinal) return
    if (mayBeAggregated(kind)) this.#paged.add(groupKindText(kind))
    else this.#allPaged = true
  }
}

function streamsByDefault(version: string | undefined): boolean {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})/.exec(version ?? '') ?? []
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= FIRST_MINOR)
}
