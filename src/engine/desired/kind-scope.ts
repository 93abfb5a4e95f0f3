import type { KindFilter, KindScope } from '../../model/apps/policy.ts'
import type { GroupKind } from '../../model/object.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'

/** Whether the app's controller manages objects of the kind (Argo CD's resource inclusions and exclusions). */
export function isInScope(kind: GroupKind, scope: KindScope | undefined): boolean {
  if (scope === undefined) return true
  const { included, excluded } = scope
  if (included !== undefined && !included.some((filter) => matches(filter, kind))) return false
  return !excluded.some((filter) => matches(filter, kind))
}

function matches({ groups, kinds }: KindFilter, { group, kind }: GroupKind): boolean {
  return (
    (groups.length === 0 || groups.some((glob) => gobwasGlob(glob)?.test(group) === true)) &&
    (kinds.length === 0 || kinds.includes('*') || kinds.includes(kind))
  )
}
