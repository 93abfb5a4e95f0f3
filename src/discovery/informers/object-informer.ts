import { isDeepStrictEqual } from 'node:util'
import { objectKey } from '../../kubernetes/object.ts'
import type { ClusterConnector, ClusterEvent, ObserveOptions } from '../../model/clusters/cluster.ts'
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
  /** Strips an object before it is cached; undefined leaves it out. */
  readonly transform?: (object: KubernetesObject) => KubernetesObject | undefined
  readonly onChange: () => void
}

/** Lists, watches and caches the objects of a kind until the signal aborts. It never throws, like `startInformer`. */
export function startObjectInformer(options: ObjectInformerOptions, signal: AbortSignal): ObjectInformer {
  const { connector, kind, onChange } = options
  const transform = options.transform ?? ((object: KubernetesObject) => object)

  async function* observe(until: AbortSignal): AsyncGenerator<ListEvent<KubernetesObject>> {
    for await (const event of connector.observe(kind, options.observe, until)) yield listEvent(event)
  }

  function listEvent(event: ClusterEvent): ListEvent<KubernetesObject> {
    switch (event.type) {
      case 'Upsert':
        return { type: 'Upsert', key: objectKeyText(objectKey(event.object)), item: transform(event.object) }
      case 'Delete':
        return { type: 'Delete', key: objectKeyText(event.key) }
      case 'Recalled':
      case 'Unread':
        throw new TypeError('an observation that recalls nothing is told of what it recalls')
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
