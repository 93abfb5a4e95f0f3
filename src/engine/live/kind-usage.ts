import type { ClusterStatus } from '../../model/clusters/cluster.ts'
import type { Failure } from '../../model/failure.ts'
import type { AppId } from '../../model/identity.ts'
import type { GroupKind, ObjectKey } from '../../model/object.ts'
import { type ContactAge, createContactAge } from '../contact-age.ts'
import type { KindInformer } from './kind-informer.ts'

/** A kind of a cluster, the apps that use it, and the informer that serves them. */
export interface KindUsage {
  readonly kind: GroupKind
  readonly users: Set<AppId>
  /** Several owners of one object are a warning of each. */
  readonly declared: Map<string, { readonly key: ObjectKey; readonly apps: readonly AppId[] }>
  /** The apps that an object's tracking metadata named last: they are notified when it vanishes or names others. */
  readonly tracked: Map<string, readonly AppId[]>
  watch: KindInformer | undefined
  /** Sequence number of its last list; shared with registrations of apps, to know which came first. */
  listedAt: number
  /** Since when its watch is lost. */
  readonly lostAge: ContactAge
  stale: boolean
  /** Since when no app uses it, Unix milliseconds. */
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
  lostAge: createContactAge(uptime),
  stale: false,
  idleSince: undefined,
})

/** The apps that declare the object or that it is tracked by. */
export function ownersOf({ declared, tracked }: KindUsage, keyText: string): readonly AppId[] {
  const declaring = declared.get(keyText)?.apps ?? []
  const owners = tracked.get(keyText)
  return owners === undefined ? declaring : [...new Set([...declaring, ...owners])]
}

/** Apps that declare objects of the kind, and those that track some of it: they may have looked at them while the list was under way. */
export function appsOf({ users, tracked }: KindUsage): ReadonlySet<AppId> {
  const apps = new Set(users)
  for (const owners of tracked.values()) for (const owner of owners) apps.add(owner)
  return apps
}

export interface StalenessInput {
  readonly cluster: string
  readonly contact: Pick<ClusterStatus, 'lastContact' | 'failure'>
  /** Of the last contact; all kinds of a cluster share it. */
  readonly contactAge: ContactAge
  readonly afterMs: number
}

/** When the cluster answered last, Unix milliseconds; in all eternity where it has not. */
export function contactMs({ lastContact }: Pick<ClusterStatus, 'lastContact'>): number {
  return (lastContact ?? Number.POSITIVE_INFINITY) * 1000
}

/**
 * Why the data of a kind is too old to be trusted; undefined while it is not. A kind that was never listed, or cannot
 * be, is not stale but unknown for another reason.
 */
export function staleness({ watch, lostAge }: KindUsage, input: StalenessInput): Failure | undefined {
  const phase = watch?.phase
  if (phase === undefined || phase.phase === 'listing' || phase.phase === 'failed') return undefined
  const { contact } = input
  const at = phase.phase === 'lost' ? phase.since : contactMs(contact)
  const age = phase.phase === 'lost' ? lostAge(at) : input.contactAge(at)
  if (age <= input.afterMs) return undefined
  const cause = phase.phase === 'lost' ? phase.failure : contact.failure
  const since = new Date(at).toISOString()
  return {
    code: 'GDE_STALE',
    cluster: input.cluster,
    message: `no contact with cluster ${input.cluster} since ${since}${cause === undefined ? '' : `: ${cause.message} (${cause.code})`}`,
  }
}
