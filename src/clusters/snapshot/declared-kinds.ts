import type { GroupKind } from '../../model/object.ts'
import type { Scopes } from './scopes.ts'

/** Stands in `snapshot.kinds` for all kinds: the snapshot holds whatever the cluster has. */
export const EVERY_KIND = '*'

/**
 * The kinds that an entry of `snapshot.kinds` names: `Deployment.apps`, or as manifests have it `apps/v1/Deployment` and `v1/Secret`, or
 * `Deployment` alone, which is every kind of that name that the cluster has. `deployments` in place of `Deployment` is as good.
 */
export function declaredKinds(text: string, { served }: Pick<Scopes, 'served'>): readonly GroupKind[] {
  if (text === EVERY_KIND) return served
  const { name, group } = parse(text)
  const known = served.filter(
    (kind) => (kind.kind === name || kind.resource === name) && (group === undefined || kind.group === group),
  )
  // A custom kind whose CRD is not in the snapshot: taken as it is written.
  return known.length > 0 ? known : [{ group: group ?? '', kind: name }]
}

function parse(text: string): { readonly name: string; readonly group?: string } {
  const [first = '', ...rest] = text.split('/')
  const last = rest.at(-1)
  // `v1/Secret` is the core group: no API group is named like a version.
  if (last !== undefined) return { name: last, group: /^v\d/.test(first) ? '' : first }
  const dot = text.indexOf('.')
  return dot === -1 ? { name: text } : { name: text.slice(0, dot), group: text.slice(dot + 1) }
}
