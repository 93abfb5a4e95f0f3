import { isDeepStrictEqual } from 'node:util'
import type { AccountPermission, ServiceAccount } from '../../../model/apps/permission.ts'
import type { ClusterConnector } from '../../../model/clusters/cluster.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { DiscoveryContext } from '../../discovery.ts'
import { listAt, objectAt } from '../../fields/lenient-fields.ts'
import { type ObjectInformer, startObjectInformer } from '../../informers/object-informer.ts'
import { notOpen } from '../not-open.ts'
import { type GrantsOf, grantIndex } from './grants.ts'

/** Which accounts of which clusters are asked for. */
export interface AccountUse {
  readonly cluster: string
  readonly account: ServiceAccount
}

/** What service accounts may get, by the Roles of the clusters that they are used in; of other clusters none is read. */
export interface AccountRoles {
  /** Replaces the clusters whose Roles are read. */
  track(uses: readonly AccountUse[]): void
  /** The same object as long as it says the same. */
  permission(cluster: string, account: ServiceAccount): AccountPermission
  /** Every list ended or failed. */
  readonly complete: boolean
}

const KINDS = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'] as const
type RoleKind = (typeof KINDS)[number]

interface ClusterRoles {
  /** Aborted when the connector that it reads is replaced. */
  readonly stop: AbortController
  readonly connector: ClusterConnector
  readonly informers: Readonly<Record<RoleKind, ObjectInformer>>
  /** Undefined since something changed. */
  grantsOf: GrantsOf | undefined
}

export function createAccountRoles(
  context: Pick<DiscoveryContext, 'connector'>,
  onChange: () => void,
  signal: AbortSignal,
): AccountRoles {
  const clusters = new Map<string, ClusterRoles | undefined>()
  const permissions = new Map<string, AccountPermission>()

  function open(cluster: string): void {
    const connector = context.connector(cluster)
    const known = clusters.get(cluster)
    if (known?.connector === connector) return
    known?.stop.abort()
    clusters.set(cluster, connector && start(connector))
  }

  function start(connector: ClusterConnector): ClusterRoles {
    const stop = new AbortController()
    const until = AbortSignal.any([signal, stop.signal])
    const informer = (kind: RoleKind): ObjectInformer =>
      startObjectInformer(
        {
          connector,
          kind: { group: 'rbac.authorization.k8s.io', kind },
          observe: {},
          transform: rulesAlone,
          onChange: () => {
            opened.grantsOf = undefined
            onChange()
          },
        },
        until,
      )
    const opened: ClusterRoles = {
      stop,
      connector,
      informers: {
        ClusterRole: informer('ClusterRole'),
        ClusterRoleBinding: informer('ClusterRoleBinding'),
        Role: informer('Role'),
        RoleBinding: informer('RoleBinding'),
      },
      grantsOf: undefined,
    }
    return opened
  }

  function compute(cluster: string, account: ServiceAccount): AccountPermission {
    const opened = clusters.get(cluster)
    if (opened === undefined) return { by: 'account', account, grants: [], unknown: notOpen(cluster) }
    const unread = Object.values(opened.informers).find(({ state }) => state !== 'listed')
    if (unread !== undefined) return { by: 'account', account, grants: [], unknown: unread.failure ?? notOpen(cluster) }
    opened.grantsOf ??= grantIndex(roleObjects(opened.informers))
    return { by: 'account', account, grants: opened.grantsOf(account) }
  }

  return {
    track(uses) {
      const wanted = new Set(uses.map(({ cluster }) => cluster))
      const accounts = new Set(uses.map(keyOf))
      for (const [cluster, opened] of clusters) {
        if (wanted.has(cluster)) continue
        opened?.stop.abort()
        clusters.delete(cluster)
      }
      for (const key of permissions.keys()) if (!accounts.has(key)) permissions.delete(key)
      for (const cluster of wanted) open(cluster)
    },
    permission(cluster, account) {
      const key = keyOf({ cluster, account })
      const before = permissions.get(key)
      const now = compute(cluster, account)
      if (before !== undefined && isDeepStrictEqual(before, now)) return before
      permissions.set(key, now)
      return now
    },
    get complete() {
      return clusters
        .values()
        .every(
          (opened) => opened === undefined || Object.values(opened.informers).every(({ state }) => state !== 'listing'),
        )
    },
  }
}

function keyOf({ cluster, account }: AccountUse): string {
  return `${cluster}\n${account.namespace}\n${account.name}`
}

function roleObjects(informers: ClusterRoles['informers']) {
  return {
    clusterRoles: [...informers.ClusterRole.objects.values()],
    clusterRoleBindings: [...informers.ClusterRoleBinding.objects.values()],
    roles: [...informers.Role.objects.values()],
    roleBindings: [...informers.RoleBinding.objects.values()],
  }
}

function rulesAlone(object: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = object
  const { name, namespace } = metadata
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    ...(kind.endsWith('Binding')
      ? { roleRef: objectAt(object, 'roleRef'), subjects: listAt(object, 'subjects') }
      : { rules: listAt(object, 'rules') }),
  }
}
