import type { ClusterConnector } from '../../model/clusters/cluster.ts'

type Readable = Pick<ClusterConnector, 'name' | 'observe' | 'get' | 'readSecret'>

/**
 * What discovery looks references up in. Where objects may say no namespace, a ConfigMap or Secret that says none is what is meant when
 * there is none in the namespace of the reference.
 */
export function referenceReader(control: ClusterConnector): Readable {
  if (control.traits.givesNamespaces) return control
  return {
    name: control.name,
    get: async (key, signal) =>
      (await control.get(key, signal)) ?? (await control.get({ ...key, namespace: '' }, signal)),
    readSecret: async (namespace, name, signal) =>
      (await control.readSecret(namespace, name, signal)) ?? (await control.readSecret('', name, signal)),
    // The snapshot reports objects without a namespace as of `default`, so all namespaces are observed.
    observe: (kind, { namespaces: _, ...options }, signal) => control.observe(kind, options, signal),
  }
}
