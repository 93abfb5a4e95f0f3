import type { ClusterConnector } from '../../model/cluster.ts'
import type { Settings } from '../../model/settings.ts'

type Readable = Pick<ClusterConnector, 'name' | 'observe' | 'get' | 'readSecret'>

/**
 * What discovery looks references up in. A snapshot can be written by hand, where ConfigMaps and Secrets name no namespace: such a one
 * is what is meant when there is none in the namespace of the reference. Servers give every object its namespace.
 */
export function referenceReader(control: ClusterConnector, { clusters }: Settings): Readable {
  if (clusters.find(({ name }) => name === control.name)?.access.type !== 'snapshot') return control
  return {
    name: control.name,
    get: async (key, signal) =>
      (await control.get(key, signal)) ?? (await control.get({ ...key, namespace: '' }, signal)),
    readSecret: async (namespace, name, signal) =>
      (await control.readSecret(namespace, name, signal)) ?? (await control.readSecret('', name, signal)),
    // Those without a namespace are told as of `default`.
    observe: (kind, { namespaces: _, ...options }, signal) => control.observe(kind, options, signal),
  }
}
