import { objectKey } from '../../kubernetes/object.ts'
import type { ClusterEvent } from '../../model/clusters/cluster.ts'
import type { GroupKind, KubernetesObject, ObjectKey } from '../../model/object.ts'

/** What the consumer of an observation knows, so that a new list brings him only what differs. Of an object its name and version are kept. */
export class DeliveredObjects {
  readonly #kind: GroupKind
  /** resourceVersion by namespace/name. */
  readonly #versions = new Map<string, string>()
  /** The names in the list that is under way. */
  #listed: Set<string> | undefined

  constructor(kind: GroupKind) {
    this.#kind = kind
  }

  /** He has known the object since an earlier observation, in whatever version. */
  assume({ namespace, name }: ObjectKey): void {
    this.#versions.set(`${namespace}/${name}`, '')
  }

  beginList(): void {
    this.#listed = new Set()
  }

  /** The object is there, by a list or a watch. Undefined when he knows it. */
  present(object: KubernetesObject): ClusterEvent | undefined {
    const name = nameOf(object)
    const { resourceVersion } = object.metadata
    this.#listed?.add(name)
    if (
      this.#listed !== undefined &&
      typeof resourceVersion === 'string' &&
      this.#versions.get(name) === resourceVersion
    )
      return undefined
    this.#versions.set(name, typeof resourceVersion === 'string' ? resourceVersion : '')
    return { type: 'Upsert', object }
  }

  gone(object: KubernetesObject): ClusterEvent {
    const name = nameOf(object)
    this.#listed?.delete(name)
    this.#versions.delete(name)
    return { type: 'Delete', key: objectKey(object) }
  }

  /** The list is whole: what it does not contain is gone. */
  *endList(): Generator<ClusterEvent> {
    const listed = this.#listed
    this.#listed = undefined
    if (listed === undefined) return
    for (const name of this.#versions.keys()) {
      if (listed.has(name)) continue
      this.#versions.delete(name)
      yield { type: 'Delete', key: keyOf(this.#kind, name) }
    }
  }

  forget(): void {
    this.#versions.clear()
  }
}

/** `namespace/name`, or `/name` for objects of the cluster. */
function nameOf(object: KubernetesObject): string {
  const { namespace, name } = object.metadata
  return `${typeof namespace === 'string' ? namespace : ''}/${name}`
}

function keyOf({ group, kind }: GroupKind, name: string): ObjectKey {
  const slash = name.indexOf('/')
  return { group, kind, namespace: name.slice(0, slash), name: name.slice(slash + 1) }
}
