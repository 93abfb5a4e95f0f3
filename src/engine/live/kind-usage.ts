import type { ClusterStatus } from '../../model/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import type { AppId } from '../../model/identity.ts'
import type { GroupKind, ObjectKey } from '../../model/object.ts'
import { type ContactAge, createContactAge } from '../contact-age.ts'
import type { KindInformer } from './kind-informer.ts'

/** A kind of a cluster that is watched for the apps that use it. */
export interface KindUsage {
  readonly kind: GroupKind
  readonly users: Set<AppId>
  /** Several owners of one object are a warning of each. */
  readonly declared: Map<string, { readonly key: ObjectKey; readonly apps: readonly AppId[] }>
  /** Who was last seen marked on an object: told too when it goes or is marked anew. */
  readonly tracked: Map<string, readonly AppId[]>
  watch: KindInformer | undefined
  /** When its last list began, by the cluster's count of lists and apps. */
  listedAt: number
  readonly age: ContactAge
  stale: boolean
  /** Since when nobody needs it, Unix milliseconds. */
  idleSince: number | undefined
}

/** @param uptime milliseconds that the process has run */
export const newKindUsage = (kind: GroupKind, uptime: () => number): KindUsage => ({
  kind,
  users: new Set(),
  declared: new Map(),
  tracked: new Map(),
  watch: undefined,
  listedAt: 0,
  age: createContactAge(uptime),
  stale: false,
  idleSince: undefined,
})

export interface StalenessInput {
  readonly cluster: string
  readonly contact: Pick<ClusterStatus, 'lastContact' | 'failure'>
  readonly afterMs: number
}

/**
 * Why what was seen of a kind is too old to be true, undefined while it is not. What never was listed, or cannot be, is not stale but
 * unknown for another reason.
 */
export function staleness({ watch, age }: KindUsage, input: StalenessInput): Failure | undefined {
  const phase = watch?.phase
  if (phase === undefined || phase.phase === 'listing' || phase.phase === 'failed') return undefined
  const at = phase.phase === 'lost' ? phase.since : (input.contact.lastContact ?? Number.POSITIVE_INFINITY) * 1000
  if (age(at) <= input.afterMs) return undefined
  const cause = phase.phase === 'lost' ? phase.failure : input.contact.failure
  const since = new Date(at).toISOString()
  return {
    code: 'GDE_STALE',
    cluster: input.cluster,
    message: `no contact with cluster ${input.cluster} since ${since}${cause === undefined ? '' : `: ${cause.message} (${cause.code})`}`,
  }
}
