import type { KindPattern, KindPermission, ObjectPermission } from '../../model/apps/permission.ts'
import type { Failure } from '../../model/failure.ts'
import type { ObjectKey } from '../../model/object.ts'
import { namespaceTest } from '../../text/namespace-rules.ts'
import { pathMatch } from '../../text/path-match.ts'

/**
 * Why the project does not permit the object, by Argo CD's rules (AppProject.IsResourcePermitted). It says the same whether the object
 * exists or not: nobody may learn of what he may not touch.
 */
export function notPermitted(key: ObjectKey, permission: ObjectPermission | undefined): Failure | undefined {
  if (permission === undefined || testOf(permission)(key)) return undefined
  const where = key.namespace === '' ? key.name : `${key.namespace}/${key.name}`
  return {
    code: 'GDE_NOT_PERMITTED',
    message: `not permitted: the project ${JSON.stringify(permission.project)} does not permit ${key.kind} ${where}`,
  }
}

type PermissionTest = (key: ObjectKey) => boolean

/** Compiled once a project and cluster: it is asked for with every object. */
const compiled = new WeakMap<ObjectPermission, PermissionTest>()

function testOf(permission: ObjectPermission): PermissionTest {
  const known = compiled.get(permission)
  if (known !== undefined) return known
  const [namespaces, namespaced, clusterScoped] = [
    namespaceTest(permission.namespaces),
    kindTest(permission.namespaced),
    kindTest(permission.clusterScoped),
  ]
  const made: PermissionTest = (key) =>
    key.namespace === '' ? clusterScoped(key) : namespaced(key) && namespaces(key.namespace)
  compiled.set(permission, made)
  return made
}

function kindTest({ allowed, denied }: KindPermission): PermissionTest {
  const [isAllowed, isDenied] = [allowed?.map(patternTest), denied.map(patternTest)]
  return (key) => isAllowed?.some((test) => test(key)) !== false && !isDenied.some((test) => test(key))
}

function patternTest({ group, kind, name }: KindPattern): PermissionTest {
  const [groups, kinds, names] = [pathMatch(group), pathMatch(kind), name === undefined ? undefined : pathMatch(name)]
  return (key) =>
    kinds?.test(key.kind) === true &&
    groups?.test(key.group) === true &&
    (name === undefined || names?.test(key.name) === true)
}
