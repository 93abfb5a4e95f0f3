import { createHash } from 'node:crypto'
import type { Capabilities, ServedKind } from '../model/clusters/cluster.ts'
import type { Failure } from '../model/failure.ts'
import { type GroupKind, groupKindText } from '../model/object.ts'

export interface CapabilityParts {
  readonly kubeVersion: string
  readonly apiVersions: readonly string[]
  readonly kinds: readonly ServedKind[]
  readonly failure: (kind: GroupKind) => Failure | undefined
  /** Further inputs of `version`: schema hashes, kinds that came into a snapshot. */
  readonly fingerprint: readonly string[]
  /** Called when a missing kind is asked for. */
  readonly onMissing?: () => void
}

export function makeCapabilities(parts: CapabilityParts): Capabilities {
  const { kubeVersion, apiVersions, kinds, failure, fingerprint } = parts
  const byName = new Map(kinds.map((kind) => [groupKindText(kind), kind]))
  const version = createHash('sha256').update(JSON.stringify([kubeVersion, apiVersions, kinds, fingerprint]))
  return {
    kubeVersion,
    apiVersions,
    kinds,
    version: version.digest('hex').slice(0, 16),
    kind: (kind) => {
      const found = byName.get(groupKindText(kind))
      if (found === undefined) parts.onMissing?.()
      return found
    },
    failure,
  }
}
