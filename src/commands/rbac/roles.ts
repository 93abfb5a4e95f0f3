import type { JsonObject } from '../../model/json.ts'

/** One resource that has to be readable. */
export interface Right {
  readonly group: string
  /** Plural, as in URLs. */
  readonly resource: string
  /** Where: absent is the whole cluster. */
  readonly namespace?: string
  /** Only objects of these names; a list that selects the name is permitted by that, too. */
  readonly names?: readonly string[]
  /** Asked by dry run, besides being read. */
  readonly isPatched?: boolean
}

export interface RoleOptions {
  /** Of all objects that are made. */
  readonly name: string
  readonly account: { readonly namespace: string; readonly name: string }
}

const API_GROUP = 'rbac.authorization.k8s.io'
const READ = ['get', 'list', 'watch']

/**
 * The ClusterRole and Roles that grant these rights and nothing else, each with its binding. Resources are named one by one: `*` would take in
 * subresources, and `get` on pods/exec or nodes/proxy runs commands.
 */
export function rolesFor(rights: readonly Right[], { name, account }: RoleOptions): readonly JsonObject[] {
  const everywhere = new Set(rights.filter(isUnlimited).map(resourceText))
  // What may be read in the whole cluster may be read in a namespace of it.
  const remaining = rights.filter((right) => isUnlimited(right) || !everywhere.has(resourceText(right)))
  const scopes = Map.groupBy(remaining, ({ namespace }) => namespace)
  const subjects = [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }]
  return [...scopes]
    .toSorted(([a], [b]) => compareText(a ?? '', b ?? ''))
    .flatMap(([namespace, members]) => {
      const kind = namespace === undefined ? 'ClusterRole' : 'Role'
      const metadata = { name, ...(namespace !== undefined && { namespace }) }
      return [
        { apiVersion: `${API_GROUP}/v1`, kind, metadata, rules: rulesFor(members) },
        {
          apiVersion: `${API_GROUP}/v1`,
          kind: `${kind}Binding`,
          metadata,
          roleRef: { apiGroup: API_GROUP, kind, name },
          subjects,
        },
      ]
    })
}

/** A rule for each group, and one for each set of names or verbs in it. */
function rulesFor(rights: readonly Right[]): readonly JsonObject[] {
  const patched = new Set(rights.filter(({ isPatched }) => isPatched === true).map(resourceText))
  const rules = Map.groupBy(rights, (right) =>
    JSON.stringify([right.group, right.names?.toSorted() ?? [], patched.has(resourceText(right))]),
  )
  return [...rules.keys()].toSorted(compareText).flatMap((key) => {
    const members = rules.get(key) ?? []
    const [first] = members
    if (first === undefined) return []
    return [
      {
        apiGroups: [first.group],
        resources: [...new Set(members.map(({ resource }) => resource))].toSorted(compareText),
        ...(first.names !== undefined && { resourceNames: first.names.toSorted(compareText) }),
        verbs: patched.has(resourceText(first)) ? [...READ, 'patch'] : READ,
      },
    ]
  })
}

function isUnlimited({ namespace, names }: Right): boolean {
  return namespace === undefined && names === undefined
}

function resourceText({ group, resource }: Right): string {
  return `${resource}.${group}`
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
