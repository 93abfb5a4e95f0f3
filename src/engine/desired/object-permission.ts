import type {
  AccountPermission,
  Grant,
  KindPattern,
  KindPermission,
  ObjectPermission,
  ProjectPermission,
} from '../../model/apps/permission.ts'
import type { Capabilities } from '../../model/clusters/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import type { ObjectKey } from '../../model/object.ts'
import { namespaceTest } from '../../text/namespace-rules.ts'
import { pathMatch } from '../../text/path-match.ts'

/**
 * Why the app may not learn of the object. It says the same whether the object exists or not: nobody may learn of what he may not touch.
 * @param capabilities of the cluster, for the name that Roles give a kind; what is not served there is covered by `*` alone
 */
export function notPermitted(
  key: ObjectKey,
  permission: ObjectPermission | undefined,
  capabilities: Pick<Capabilities, 'kind'> | undefined,
): Failure | undefined {
  if (permission === undefined) return undefined
  const where = `${key.kind} ${key.namespace === '' ? key.name : `${key.namespace}/${key.name}`}`
  if (permission.by === 'account') {
    const reason = notShown(key, permission, capabilities?.kind(key)?.resource)
    return reason === undefined ? undefined : { code: 'GDE_NOT_PERMITTED', message: `not shown: ${where}: ${reason}` }
  }
  if (testOf(permission)(key)) return undefined
  const project = JSON.stringify(permission.project)
  return {
    code: 'GDE_NOT_PERMITTED',
    message: `not permitted: the project ${project} does not permit ${where}`,
  }
}

/** By RBAC's rules (VisitRulesFor, RuleAllows) for the verb `get`. */
function notShown(
  key: ObjectKey,
  { account, grants, unknown }: AccountPermission,
  resource: string | undefined,
): string | undefined {
  if (key.namespace !== '' && key.namespace === account.namespace) return undefined
  const name = `${account.namespace}/${account.name}`
  if (unknown !== undefined) return `it is not known whether the service account ${name} may get it: ${unknown.message}`
  if (grants.some((grant) => covers(grant, key, resource))) return undefined
  return `no Role lets the service account ${name} get it`
}

function covers({ namespace, groups, resources, names }: Grant, key: ObjectKey, resource: string | undefined): boolean {
  // A request for a Namespace is one in that namespace.
  const isNamespace = key.kind === 'Namespace' && key.group === ''
  return (
    (namespace === undefined || namespace === (isNamespace ? key.name : key.namespace)) &&
    (groups.includes('*') || groups.includes(key.group)) &&
    (resources.includes('*') || (resource !== undefined && resources.includes(resource))) &&
    (names.length === 0 || names.includes(key.name))
  )
}

type PermissionTest = (key: ObjectKey) => boolean

/** Compiled once a project and cluster: it is asked for with every object. */
const compiled = new WeakMap<ProjectPermission, PermissionTest>()

/** By Argo CD's rules (AppProject.IsResourcePermitted). */
function testOf(permission: ProjectPermission): PermissionTest {
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
