import type { Grant, ServiceAccount } from '../../../model/apps/permission.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import { listAt, objectAt, textAt, textListAt } from '../../fields/lenient-fields.ts'

/** The RBAC objects of one cluster. */
export interface RoleObjects {
  readonly clusterRoles: readonly KubernetesObject[]
  readonly clusterRoleBindings: readonly KubernetesObject[]
  readonly roles: readonly KubernetesObject[]
  readonly roleBindings: readonly KubernetesObject[]
}

/** What the Roles of a cluster let a service account get. */
export type GrantsOf = (account: ServiceAccount) => readonly Grant[]

/**
 * Bindings by their subjects, once for all accounts: O(bindings) to build, and an account costs its own bindings alone.
 * The rules are those of Kubernetes' RBAC authorizer: an account is the user of its name, and in the groups that impersonation puts it into.
 */
export function grantIndex({ clusterRoles, clusterRoleBindings, roles, roleBindings }: RoleObjects): GrantsOf {
  const rules = new Map<string, readonly ReadRule[]>()
  for (const role of clusterRoles) rules.set(`ClusterRole\n${role.metadata.name}`, readRules(role))
  for (const role of roles) rules.set(roleKey(textAt(role.metadata, 'namespace'), role.metadata.name), readRules(role))
  const bindings = new Map<string, Binding[]>()
  for (const binding of [...clusterRoleBindings, ...roleBindings]) {
    const namespace = binding.kind === 'RoleBinding' ? textAt(binding.metadata, 'namespace') : ''
    const role = roleOf(binding, namespace)
    for (const subject of subjectsOf(binding, namespace)) {
      const bound = bindings.get(subject) ?? []
      bindings.set(subject, bound)
      bound.push({ namespace, role })
    }
  }
  return (account) => {
    const bound = identitiesOf(account).flatMap((identity) => bindings.get(identity) ?? [])
    return bound.flatMap(({ namespace, role }) =>
      (rules.get(role) ?? []).map((rule) => ({ ...rule, ...(namespace !== '' && { namespace }) })),
    )
  }
}

type ReadRule = Omit<Grant, 'namespace'>

interface Binding {
  /** '' is the whole cluster. */
  readonly namespace: string
  readonly role: string
}

function roleKey(namespace: string, name: string): string {
  return `Role\n${namespace}\n${name}`
}

function roleOf(binding: KubernetesObject, namespace: string): string {
  const reference = objectAt(binding, 'roleRef')
  const name = textAt(reference, 'name')
  return textAt(reference, 'kind') === 'Role' ? roleKey(namespace, name) : `ClusterRole\n${name}`
}

/** Rules that let `get` objects; what is not of the form of a rule grants nothing. */
function readRules(role: KubernetesObject): readonly ReadRule[] {
  return listAt(role, 'rules').flatMap((rule) => {
    const verbs = textListAt(rule, 'verbs')
    if (!verbs.includes('get') && !verbs.includes('*')) return []
    const [groups, resources] = [textListAt(rule, 'apiGroups'), textListAt(rule, 'resources')]
    return groups.length === 0 || resources.length === 0
      ? []
      : [{ groups, resources, names: textListAt(rule, 'resourceNames') }]
  })
}

/** @param namespace of accounts that name none */
function subjectsOf(binding: KubernetesObject, namespace: string): readonly string[] {
  return listAt(binding, 'subjects').map((subject) => {
    const [kind, name] = [textAt(subject, 'kind'), textAt(subject, 'name')]
    return kind === 'ServiceAccount'
      ? userOf({ namespace: textAt(subject, 'namespace') || namespace, name })
      : `${kind}:${name}`
  })
}

function userOf({ namespace, name }: ServiceAccount): string {
  return `User:system:serviceaccount:${namespace}:${name}`
}

function identitiesOf(account: ServiceAccount): readonly string[] {
  return [
    userOf(account),
    'Group:system:serviceaccounts',
    `Group:system:serviceaccounts:${account.namespace}`,
    'Group:system:authenticated',
  ]
}
