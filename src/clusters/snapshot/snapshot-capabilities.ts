import type { Capabilities, ServedKind } from '../../model/clusters/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import { type GroupKind, groupKindText } from '../../model/object.ts'
import { makeCapabilities } from '../capabilities.ts'
import type { SnapshotContents } from './contents.ts'
import { SNAPSHOT_VERBS } from './description.ts'

/** The version of the built-in tables, for snapshots that do not say theirs. */
const DEFAULT_KUBE_VERSION = 'v1.36.0'

/**
 * What a cluster with these CRDs serves. Its version is that of the snapshot's `kubectl version --output yaml`, or else the one that
 * the built-in tables are of.
 */
export function snapshotCapabilities(contents: SnapshotContents): Capabilities {
  const { scopes } = contents
  const kinds = [...scopes.served, ...contents.kinds.flatMap((kind) => undefinedKind(kind, contents))]
  return makeCapabilities({
    kubeVersion: contents.kubeVersion ?? DEFAULT_KUBE_VERSION,
    apiVersions: contents.description?.served?.apiVersions ?? [...new Set(kinds.flatMap(apiVersionsOf))].sort(),
    kinds,
    failure: (kind) => contents.failure(kind) ?? absence(contents, kind),
    fingerprint: [
      ...contents.kinds.map(groupKindText).sort(),
      ...scopes.custom.map(({ hash }) => hash),
      JSON.stringify([contents.description?.secrets, contents.description?.leftOut]),
    ],
  })
}

/** What is not served is told by `kind`, as a server does it, and so is what a complete snapshot lacks. */
function absence(contents: SnapshotContents, kind: GroupKind): Failure | undefined {
  const failure = contents.absence(kind)
  if (failure === undefined || failure.code === 'GDE_CLUSTER_KIND') return undefined
  return contents.isComplete && failure.code === 'GDE_SNAPSHOT_KIND' ? undefined : failure
}

/** A custom resource whose CRD was not dumped: its scope shows in its objects. */
function undefinedKind(kind: GroupKind, contents: SnapshotContents): readonly ServedKind[] {
  if (contents.scopes.kind(kind) !== undefined) return []
  const entries = [...(contents.kind(kind)?.values() ?? [])]
  const versions = new Set(entries.map(({ version }) => version))
  const namespaced = entries.some(({ key }) => key.namespace !== '')
  const resource = `${kind.kind.toLowerCase()}s`
  return [
    {
      group: kind.group,
      kind: kind.kind,
      versions: [...versions],
      versionsGuessed: true,
      resource,
      namespaced: namespaced || entries.length === 0,
      ...(entries.length === 0 && { scopeUnknown: true as const }),
      verbs: SNAPSHOT_VERBS,
    },
  ]
}

function apiVersionsOf({ group, kind, versions }: ServedKind): readonly string[] {
  return versions.flatMap((version) => {
    const apiVersion = group === '' ? version : `${group}/${version}`
    return [apiVersion, `${apiVersion}/${kind}`]
  })
}
