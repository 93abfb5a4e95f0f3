import type {
  ClusterConnector,
  ConfidentialSecret,
  ConfidentialSecretEvent,
  ObserveOptions,
} from '../../model/clusters/cluster.ts'
import { type Informer, type ListEvent, startInformer } from './informer.ts'

/** Lists, watches and caches selected Secrets in the clear, by `namespace/name`. */
export function startSecretInformer(
  connector: ClusterConnector,
  what: ObserveOptions,
  onChange: () => void,
  signal: AbortSignal,
): Informer<ConfidentialSecret> {
  async function* observe(until: AbortSignal): AsyncGenerator<ListEvent<ConfidentialSecret>> {
    for await (const event of connector.observeSecrets(what, until)) yield listEvent(event)
  }
  return startInformer({ cluster: connector.name, observe, onChange }, signal)
}

function listEvent(event: ConfidentialSecretEvent): ListEvent<ConfidentialSecret> {
  switch (event.type) {
    case 'Upsert':
      return { type: 'Upsert', key: `${event.secret.namespace}/${event.secret.name}`, item: event.secret }
    case 'Delete':
      return { type: 'Delete', key: `${event.namespace}/${event.name}` }
    default:
      return event
  }
}
