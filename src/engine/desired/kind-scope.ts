import type { KindFilter, KindScope } from '../../model/apps/policy.ts'
import type { GroupKind } from '../../model/object.ts'
import { gobwasGlob } from '../../text/gobwas-glob.ts'

type KindTest = (kind: GroupKind) => boolean

/** Compiled once a scope, which all apps of a controller in a cluster share: it is asked for with every object. */
const compiled = new WeakMap<KindScope, KindTest>()

/** Whether the app's controller manages objects of the kind (Argo CD's resource inclusions and exclusions). */
export function isInScope(kind: GroupKind, scope: KindScope | undefined): boolean {
  if (scope === undefined) return true
  const test = compiled.get(scope) ?? scopeTest(scope)
  compiled.set(scope, test)
  return test(kind)
}

function scopeTest(scope: KindScope): KindTest {
  const [included, excluded] = [scope.included?.map(filterTest), scope.excluded.map(filterTest)]
  return (kind) => included?.some((test) => test(kind)) !== false && !excluded.some((test) => test(kind))
}

function filterTest({ groups, kinds }: KindFilter): KindTest {
  const globs = groups.map((glob) => gobwasGlob(glob))
  return ({ group, kind }) =>
    (kinds.length === 0 || kinds.includes('*') || kinds.includes(kind)) &&
    (globs.length === 0 || globs.some((glob) => glob?.test(group) === true))
}
