import { type GroupKind, groupKindText } from '../../model/object.ts'
import type { Scopes } from './scopes.ts'

/**
 * The kinds that an entry of `snapshot.kinds` names: `Deployment.apps`, or as manifests have it `apps/v1/Deployment` and `v1/Secret`, or
 * `Deployment` alone, which is every kind of that name that the cluster has.
 */
export function declaredKinds(text: string, scopes: Pick<Scopes, 'served'>): readonly GroupKind[] {
  const [first = '', ...rest] = text.split('/')
  const last = rest.at(-1)
  // No group is called as versions are.
  if (last !== undefined) return [{ group: /^v\d/.test(first) ? '' : first, kind: last }]
  const dot = text.indexOf('.')
  if (dot !== -1) return [{ group: text.slice(dot + 1), kind: text.slice(0, dot) }]
  const known = new Map(
    scopes.served
      .filter(({ kind }) => kind === text)
      .map(({ group, kind }) => [groupKindText({ group, kind }), { group, kind }]),
  )
  return known.size > 0 ? [...known.values()] : [{ group: '', kind: text }]
}
