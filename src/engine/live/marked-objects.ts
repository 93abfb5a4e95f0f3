import type { App } from '../../model/apps/app.ts'
import type { AppId } from '../../model/identity.ts'
import type { KubernetesObject, ObjectKey } from '../../model/object.ts'
import { createTrackingIndex, markOf } from './tracking-index.ts'

interface Registration {
  /** Its place in the sequence of registrations and lists. */
  readonly at: number
  readonly mark: string | undefined
  /** Of an app that marks nothing there is none. */
  marked: Map<string, ObjectKey> | undefined
}

const NOTHING: ReadonlyMap<string, ObjectKey> = new Map()

/** The registered apps of one cluster, and which of its objects carry their tracking metadata. */
export class MarkedObjects {
  readonly #index = createTrackingIndex()
  readonly #registrations = new Map<AppId, Registration>()
  #sequence = 0

  /** A number for a list that begins now, to know which apps were registered later. */
  nextSequence(): number {
    this.#sequence += 1
    return this.#sequence
  }

  register(app: App): void {
    this.#index.add(app)
    const mark = markOf(app.tracking)
    this.#registrations.set(app.id, { at: this.nextSequence(), mark, marked: undefined })
  }

  /** @returns the objects that carry its tracking metadata */
  unregister(app: App): ReadonlyMap<string, ObjectKey> {
    this.#index.remove(app)
    const marked = this.of(app.id)
    this.#registrations.delete(app.id)
    return marked
  }

  /** Whether the app marks objects, and was registered after the list began: that dropped its objects. */
  wasRegisteredAfter(list: number, app: AppId): boolean {
    return (this.#registrations.get(app)?.at ?? 0) > list && this.#index.knows(app)
  }

  /** No app marks objects. */
  get isEmpty(): boolean {
    return this.#index.isEmpty
  }

  owners(object: KubernetesObject): readonly AppId[] {
    return this.#index.owners(object)
  }

  /** The marks of the apps, in the order of their registration, whose place comes with them. */
  registered(): readonly { readonly mark: string; readonly at: number }[] {
    const marks = [...this.#registrations.values()].flatMap(({ mark, at }) =>
      mark === undefined ? [] : [{ mark, at }],
    )
    return marks.sort((one, other) => one.at - other.at)
  }

  of(app: AppId): ReadonlyMap<string, ObjectKey> {
    return this.#registrations.get(app)?.marked ?? NOTHING
  }

  /** Its tracking metadata names other apps than before, or it is gone. */
  changeOwners(key: ObjectKey, keyText: string, before: readonly AppId[], owners: readonly AppId[]): void {
    for (const id of before) this.#registrations.get(id)?.marked?.delete(keyText)
    for (const id of owners) {
      const registration = this.#registrations.get(id)
      if (registration === undefined) continue
      registration.marked ??= new Map()
      registration.marked.set(keyText, key)
    }
  }
}
