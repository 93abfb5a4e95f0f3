import type { ServedKind } from '../../model/clusters/cluster.ts'
import type { CodedError } from '../../model/failure.ts'
import type { ObjectKey } from '../../model/object.ts'
import type { DeliveredObjects } from './delivered-objects.ts'

/** Where one scope begins in place of a list. */
export interface ResumePoint {
  readonly version: string
  /** What the consumer knows in the scope. */
  readonly known: readonly ObjectKey[]
  /** Why it may not begin there. @throws CodedError where the server does not say */
  readonly refusal: (served: ServedKind, signal: AbortSignal) => Promise<string | undefined>
  readonly onRefused: (why: string) => void
}

/** The one try of a scope to begin with a watch: when it fails in whatever way, a list comes first, as for those that have no such try. */
export class Resumption {
  #point: ResumePoint | undefined

  constructor(point: ResumePoint | undefined) {
    this.#point = point
  }

  /** Neither caught up nor refused yet. */
  get isUnderWay(): boolean {
    return this.#point !== undefined
  }

  /** @returns the version to watch from; undefined where there is none */
  async begin(served: ServedKind, delivered: DeliveredObjects, signal: AbortSignal): Promise<string | undefined> {
    const point = this.#point
    if (point === undefined) return undefined
    // Of several scopes another one may go on, and the consumer keep what he knew: what is gone of this one has to be told.
    for (const key of point.known) delivered.assume(key)
    const why = await point.refusal(served, signal)
    if (why !== undefined) this.#refuse(why)
    return why === undefined ? point.version : undefined
  }

  caughtUp(delivered: DeliveredObjects): void {
    delivered.beWhole()
    this.#point = undefined
  }

  /** @returns whether it was under way */
  failed(error: CodedError): boolean {
    const wasUnderWay = this.isUnderWay
    this.#refuse(error.message)
    return wasUnderWay
  }

  #refuse(why: string): void {
    this.#point?.onRefused(why)
    this.#point = undefined
  }
}
