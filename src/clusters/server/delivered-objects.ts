import { objectKey } from '../../kubernetes/object.ts'
import type { ClusterEvent, Interest, PresentEvent, ReadLater, UnreadEvent } from '../../model/clusters/cluster.ts'
import type { GroupKind, KubernetesObject, ObjectKey } from '../../model/object.ts'
import type { SentObject } from './api/sent-object.ts'
import { UnreadableObjects } from './unreadable-objects.ts'

/** What an observation is of: a kind, in one namespace or in all. */
export interface DeliveryScope {
  readonly kind: GroupKind
  readonly namespace: string | undefined
  readonly interest: Interest | undefined
  /** Undefined: not all is known that was told. */
  readonly onVersion: (resourceVersion: undefined) => void
}

/**
 * What the consumer of an observation knows, so that a new list brings him only what differs, and none of what does not concern him. Of
 * an object its name and version are kept.
 */
export class DeliveredObjects {
  readonly #kind: GroupKind
  readonly #namespace: string | undefined
  readonly #interest: Interest
  readonly unreadable: UnreadableObjects
  /** By namespace/name. */
  readonly #versions = new Map<string, string>()
  /** The names in the list that is under way. */
  #listed: Set<string> | undefined
  /** He has had a whole list, and has been told of everything since. */
  #isWhole = false

  constructor({ kind, namespace, interest = EVERYTHING, onVersion }: DeliveryScope) {
    this.#kind = kind
    this.#namespace = namespace
    this.#interest = interest
    this.unreadable = new UnreadableObjects(() => onVersion(undefined))
  }

  /** He has known the object since an earlier observation, in whatever version. */
  assume({ namespace, name }: ObjectKey): void {
    this.#versions.set(nameText(namespace, name), '')
  }

  /** What he has known since an earlier observation, and has been told since, is as good as a whole list. */
  beWhole(): void {
    this.#isWhole = true
  }

  beginList(): void {
    this.#listed = new Set()
    if (!this.#isWhole) return
    // What was passed over before he asked for it he has read by himself.
    for (const { namespace, name } of this.#interest.held()) {
      const text = nameText(namespace, name)
      const isHere = this.#namespace === undefined || namespace === this.#namespace
      if (isHere && !this.#versions.has(text)) this.#versions.set(text, '')
    }
  }

  /** Whether he neither asks for the object nor was told of it: what he was told last he may not have taken yet when he is asked. */
  passesOver({ head }: SentObject): boolean {
    return !this.#versions.has(nameOf(head)) && !this.#interest.concerns(head)
  }

  /** The object is there, by a list or a watch. Undefined when he knows it. @throws CodedError when it cannot be read */
  present(sent: SentObject): ClusterEvent | undefined {
    const { head } = sent
    const name = nameOf(head)
    const version = versionOf(head)
    this.#listed?.add(name)
    if (this.#listed !== undefined && version !== undefined && this.#versions.get(name) === version) return undefined
    const mayWait = this.#listed === undefined && this.#interest.mayWait?.(head) === true
    const event = (mayWait ? this.#leaveUnread(sent, name) : undefined) ?? this.#read(sent)
    this.#versions.set(name, version ?? '')
    // What is none of his any more he is told for the last time, so that he lets go of it.
    if (!this.#interest.concerns(head)) this.#versions.delete(name)
    return event
  }

  #leaveUnread(sent: SentObject, name: string): UnreadEvent | undefined {
    const metadata = sent.metadata()
    if (metadata === undefined) return undefined
    return {
      ...{ type: 'Unread', key: objectKey(sent.head), metadata, bytes: sent.size },
      keep: (into) => this.#later(sent.copy(into), name),
      read: this.#later(() => sent, name),
    }
  }

  #later(find: () => SentObject, name: string): ReadLater {
    return (take) => {
      try {
        take(this.#read(find()))
      } catch (error) {
        // A list tells of it though its version is the same.
        this.#versions.set(name, '')
        this.unreadable.found(error)
      }
    }
  }

  #read(sent: SentObject): PresentEvent {
    const found = this.#interest.recall === undefined ? undefined : sent.fingerprint()
    if (found === undefined) return { type: 'Upsert', object: sent.read() }
    const take = this.#interest.recall?.(sent.head, found)
    if (take !== undefined) return { type: 'Recalled', key: objectKey(sent.head), take }
    return { type: 'Upsert', object: sent.read(), fingerprint: found }
  }

  gone({ head }: SentObject): ClusterEvent {
    const name = nameOf(head)
    this.#listed?.delete(name)
    this.#versions.delete(name)
    return { type: 'Delete', key: objectKey(head) }
  }

  /** The list is whole: what it does not contain is gone. */
  *endList(): Generator<ClusterEvent> {
    const listed = this.#listed
    this.#listed = undefined
    if (listed === undefined) return
    this.#isWhole = true
    for (const name of this.#versions.keys()) {
      if (listed.has(name)) continue
      this.#versions.delete(name)
      yield { type: 'Delete', key: keyOf(this.#kind, name) }
    }
  }

  forget(): void {
    this.#isWhole = false
    this.#versions.clear()
  }
}

const EVERYTHING: Interest = { concerns: () => true, held: () => [] }

/** An object that was made anew may have the number of the one before, where etcd was, too. */
function versionOf({ metadata: { resourceVersion, uid } }: KubernetesObject): string | undefined {
  if (typeof resourceVersion !== 'string') return undefined
  return typeof uid === 'string' ? [resourceVersion, uid.slice(-8)].join(' ') : resourceVersion
}

/** `namespace/name`, or `/name` for objects of the cluster. */
function nameOf(object: KubernetesObject): string {
  const { namespace, name } = object.metadata
  return nameText(typeof namespace === 'string' ? namespace : '', name)
}

/** It is kept for long: unlike that of a template, the text of `join` does not hold on to its parts. */
function nameText(namespace: string, name: string): string {
  return [namespace, name].join('/')
}

function keyOf({ group, kind }: GroupKind, name: string): ObjectKey {
  const slash = name.indexOf('/')
  return { group, kind, namespace: name.slice(0, slash), name: name.slice(slash + 1) }
}
