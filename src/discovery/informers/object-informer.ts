import { isDeepStrictEqual } from 'node:util'
import { objectKey } from '../../kubernetes/object.ts'
import type { ClusterConnector, ClusterEvent, ObserveOptions } from '../../model/cluster.ts'
import { type GroupKind, type KubernetesObject, objectKeyText } from '../../model/object.ts'
import { type Informer, type ListEvent, startInformer } from './informer.ts'

/** The objects of one kind, as far as they are known. */
export interface ObjectInformer extends Pick<Informer<KubernetesObject>, 'state' | 'failure'> {
  readonly objects: ReadonlyMap<string, KubernetesObject>
}

export interface ObjectInformerOptions {
  readonly connector: ClusterConnector
  readonly kind: GroupKind
  readonly observe: ObserveOptions
  /** What is kept of an object; undefined keeps nothing of it. */
  readonly keep?: (object: KubernetesObject) => KubernetesObject | undefined
  readonly onChange: () => void
}

/** Keeps the objects of a kind for as long as the signal lets it. It never throws: failures are retried, and told meanwhile. */
export function startObjectInformer(options: ObjectInformerOptions, signal: AbortSignal): ObjectInformer {
  const { connector, kind, onChange } = options
  const keep = options.keep ?? ((object: KubernetesObject) => object)

  async function* observe(until: AbortSignal): AsyncGenerator<ListEvent<KubernetesObject>> {
    for await (const event of connector.observe(kind, options.observe, until)) yield listEvent(event)
  }

  function listEvent(event: ClusterEvent): ListEvent<KubernetesObject> {
    switch (event.type) {
      case 'Upsert':
        return { type: 'Upsert', key: objectKeyText(objectKey(event.object)), item: keep(event.object) }
      case 'Delete':
        return { type: 'Delete', key: objectKeyText(event.key) }
      default:
        return event
    }
  }

  const informer = startInformer({ cluster: connector.name, observe, isSame: isDeepStrictEqual, onChange }, signal)
  return {
    objects: informer.items,
    get state() {
      return informer.state
    },
    get failure() {
      return informer.failure
    },
  }
}
