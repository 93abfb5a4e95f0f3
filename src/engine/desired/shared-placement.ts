import { groupVersion } from '../../kubernetes/object.ts'
import type { App } from '../../model/apps/app.ts'
import type { Capabilities } from '../../model/clusters/cluster.ts'
import { type GroupKind, groupKindText } from '../../model/object.ts'
import type { PackedRendering } from './packed-rendering.ts'
import { type ResolvedObjects, resolveObjects } from './placement.ts'

interface Placements {
  /** All that the rendering has. */
  readonly kinds: readonly GroupKind[]
  /** By all that decides beside the rendering; the last ones. */
  readonly known: Map<string, ResolvedObjects>
}

/** Clusters of a few versions serve kinds differently; apps of other names seldom render the same. */
const MOST_KNOWN = 16

const placements = new WeakMap<PackedRendering, Placements>()

/** As `resolveObjects`; apps that place a rendering alike, as those of one entry of the config in fifty clusters, have one value. */
export function resolveShared(rendering: PackedRendering, app: App, capabilities: Capabilities): ResolvedObjects {
  if (app.namespaceMetadata !== undefined) return resolveObjects(rendering, app, capabilities)
  const { kinds, known } = placements.get(rendering) ?? newPlacements(rendering)
  const scopes = kinds.map((kind) => scopeOf(kind, capabilities)).join()
  const key = JSON.stringify([app.name, app.to.namespace, scopes])
  const before = known.get(key)
  if (before !== undefined) return before
  const resolved = resolveObjects(rendering, app, capabilities)
  for (const oldest of known.keys()) {
    if (known.size < MOST_KNOWN) break
    known.delete(oldest)
  }
  known.set(key, resolved)
  return resolved
}

function newPlacements(rendering: PackedRendering): Placements {
  const kinds = new Map<string, GroupKind>()
  const add = (kind: GroupKind): void => void kinds.set(groupKindText(kind), kind)
  for (const { apiVersion, kind } of rendering.objects) add({ group: groupVersion(apiVersion).group, kind })
  for (const { group, kind } of rendering.former) add({ group, kind })
  const made = { kinds: [...kinds.values()], known: new Map() }
  placements.set(rendering, made)
  return made
}

/** What `resolveObjects` asks of a kind. */
function scopeOf(kind: GroupKind, capabilities: Capabilities): 'absent' | 'unknown' | 'namespaced' | 'cluster' {
  const served = capabilities.kind(kind)
  if (served === undefined) return 'absent'
  if (served.scopeUnknown === true) return 'unknown'
  return served.namespaced ? 'namespaced' : 'cluster'
}
