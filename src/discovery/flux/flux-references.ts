import type { Json } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { listAt, objectAt } from '../fields/lenient-fields.ts'
import type { Reference } from '../informers/reference-informer.ts'

/**
 * The ConfigMaps and Secrets that a resource of Flux refers to. Invalid fields are skipped here: the mapping reports
 * them.
 */
export function referencesOf(resource: KubernetesObject): readonly Reference[] {
  const { namespace } = resource.metadata
  if (typeof namespace !== 'string') return []
  const spec = objectAt(resource, 'spec')
  const secrets = [
    objectAt(spec, 'secretRef'),
    objectAt(spec, 'certSecretRef'),
    objectAt(objectAt(spec, 'kubeConfig'), 'secretRef'),
  ]
  const listed = [...listAt(objectAt(spec, 'postBuild'), 'substituteFrom'), ...listAt(spec, 'valuesFrom')]
  return [...secrets.map((entry) => ({ ...entry, kind: 'Secret' })), ...listed].flatMap(
    ({ kind, name }: { readonly kind?: Json; readonly name?: Json }): readonly Reference[] =>
      (kind === 'ConfigMap' || kind === 'Secret') && typeof name === 'string' && name !== ''
        ? [{ kind, namespace, name }]
        : [],
  )
}
