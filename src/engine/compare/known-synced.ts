import { groupVersion } from '../../kubernetes/object.ts'
import type { RedactionKey } from '../../kubernetes/redaction.ts'
import type { ObjectNode } from '../../kubernetes/schema/node.ts'
import type { SchemaIndex } from '../../kubernetes/schema/schema-index.ts'
import { choosesAddresses, isService } from '../../kubernetes/service-addresses.ts'
import type { App, Tracking } from '../../model/apps/app.ts'
import type { ObjectVerdict } from '../../model/verdicts/difference.ts'
import { unpackShared } from '../desired/packed-object.ts'
import type { PackedDesired } from '../desired/packed-rendering.ts'
import type { LiveContent } from '../live/live-content.ts'

/** All that decides a comparison beside the live content, where both are of one version: the same values give the same verdict. */
interface Comparison {
  readonly declared: PackedDesired
  readonly schema: ObjectNode | undefined
  readonly policy: App['policy']
  readonly tracking: Tracking
  readonly controller: App['controller']
  readonly destinationNamespace: string
  readonly redactionKey: RedactionKey
}

/** The last comparison that found a content in sync: fifty clusters bring it fifty times, to be compared with the same. */
const synced = new WeakMap<LiveContent, Comparison>()

/** Undefined where more decides than these: what the server answers, or whether the app tracks the namespace that it looks after. */
export function comparisonOf(
  { policy, tracking, controller, to }: App,
  declared: PackedDesired | undefined,
  { schemas, redactionKey }: { readonly schemas: SchemaIndex; readonly redactionKey: RedactionKey },
): Comparison | undefined {
  if (declared === undefined || declared.managed === true || policy.method === 'server-side') return undefined
  const { group, version } = groupVersion(declared.apiVersion)
  const schema = schemas.kind(group, version, declared.kind)
  return { declared, schema, policy, tracking, controller, destinationNamespace: to.namespace, redactionKey }
}

/** Whether the content was in sync when it was last compared, and by the same. */
export function isKnownSynced(content: LiveContent, now: Comparison | undefined): boolean {
  const then = synced.get(content)
  return (
    then !== undefined &&
    now !== undefined &&
    then.declared === now.declared &&
    then.schema === now.schema &&
    then.policy === now.policy &&
    isSameTracking(then.tracking, now.tracking) &&
    then.controller === now.controller &&
    then.destinationNamespace === now.destinationNamespace &&
    then.redactionKey === now.redactionKey
  )
}

/** Keeps what was found at once, where there is nothing to tell but that it is in sync. @param apiVersion of the live object */
export function noteSynced(
  content: LiveContent,
  comparison: Comparison | undefined,
  found: ObjectVerdict | Promise<ObjectVerdict> | string,
  apiVersion: string,
): void {
  if (comparison === undefined || comparison.declared.apiVersion !== apiVersion) return
  if (typeof found === 'string' || found instanceof Promise) return
  const { state, differences, invalidFields, ownershipUnknown } = found
  if (state !== 'synced' || differences.length > 0 || invalidFields !== undefined || ownershipUnknown === true) return
  // A content has no addresses of Services, so it cannot tell that they are those that Git declares.
  if (isService(comparison.declared) && choosesAddresses(unpackShared(comparison.declared.packed))) return
  synced.set(content, comparison)
}

function isSameTracking(one: Tracking, other: Tracking): boolean {
  return one === other || (one.method === 'none' && other.method === 'none')
}
