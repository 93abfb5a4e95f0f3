import { fieldsAt, listShape, ownsItself, type PathStep, readManagedFields } from '../kubernetes/managed-fields.ts'
import { LAST_APPLIED } from '../kubernetes/redaction.ts'
import type { ListNode } from '../kubernetes/schema/node.ts'
import type { Json } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import type { Actor } from '../model/verdicts/difference.ts'
import { type LastApplied, readLastApplied } from './last-applied.ts'
import { classifyOwners, type Owner, type Parties, type Party } from './owners.ts'
import { isProgramWrite } from './program-writes.ts'

/** Who wrote which field of a live object; read only when something has to be judged. */
export interface Ownership {
  readonly entries: readonly Owner[]
  /** There are no managedFields to ask. */
  readonly missing: boolean
  /** A manual manager owns some field of the object. */
  readonly hasManualManagers: boolean
  /** Entries that own the value at the path itself; one that people and a program share is whose the value is. */
  owners(path: readonly PathStep[], length?: number): readonly Owner[]
  /** Entries that own the value or something inside it. */
  touching(path: readonly PathStep[]): readonly Owner[]
  /** What the GitOps manager's own last-applied annotation has at the path; undefined when there is no such annotation. */
  lastApplied(path: readonly PathStep[]): { readonly value: Json | undefined } | undefined
  /** When the GitOps manager wrote last, and when a person did; RFC 3339, '' for never. */
  readonly written: { readonly byGitops: string; readonly byManualManagers: string }
  /** Something was written in another version of the kind, where fields may have other names. */
  readonly inOtherVersions: boolean
  /** How the list at the path is merged, as far as any entry shows. */
  listShape(path: readonly PathStep[]): Pick<ListNode, 'list' | 'keys'>
}

/** Who owns what of a live object, by its managedFields and, where the GitOps tool applied it client-side, its last-applied annotation. */
export function readOwnership(live: KubernetesObject, parties: Parties): Ownership {
  const entries = readManagedFields(live)
  const known = classifyOwners(entries ?? [], parties)
  const owners = (path: readonly PathStep[], length?: number) =>
    known
      .filter((entry) => owns(entry, path, length))
      .map((entry): Owner => (isOfProgram(entry, live, path) ? { ...entry, party: 'controller' } : entry))
  let record: LastApplied | undefined
  let isRead = false
  return {
    entries: known,
    missing: entries === undefined,
    hasManualManagers: known.some(({ party }) => party === 'person'),
    owners,
    touching: (path) => known.filter((entry) => fieldsAt(entry, path) !== undefined),
    lastApplied: (path) => {
      if (!isRead) record = isRecorded(known) ? readLastApplied(live) : undefined
      isRead = true
      return record?.at(path)
    },
    // Not lazy: a getter would cost more than reading the few entries.
    written: { byGitops: lastTime(known, 'gitops'), byManualManagers: lastTime(known, 'person') },
    inOtherVersions: known.some(({ apiVersion }) => apiVersion !== '' && apiVersion !== live.apiVersion),
    listShape: (path) => {
      for (const entry of known) {
        const fields = fieldsAt(entry, path)
        const shape = fields === undefined ? undefined : listShape(fields)
        if (shape !== undefined && shape.list !== 'atomic') return shape
      }
      return { list: 'atomic', keys: [] }
    },
  }
}

function owns(entry: Owner, path: readonly PathStep[], length?: number): boolean {
  const fields = fieldsAt(entry, path, length)
  return fields !== undefined && ownsItself(fields)
}

function isOfProgram({ party, manager }: Owner, live: KubernetesObject, path: readonly PathStep[]): boolean {
  return party === 'person' && isProgramWrite(manager, live, path)
}

/**
 * The annotation is the GitOps tool's record only if that tool wrote it, and only until it applies server-side: a person's
 * `kubectl apply` leaves one too, and one from before a migration is never updated again. Of the managers of an object that many write to
 * the tool that made it is the first that the server forgets.
 */
function isRecorded(entries: readonly Owner[]): boolean {
  const tools = entries.filter(({ party }) => party === 'gitops')
  return (
    tools.every(({ operation }) => operation === 'Update') &&
    entries.some(
      (entry) =>
        (entry.party === 'gitops' || entry.party === 'forgotten') &&
        owns(entry, ['metadata', 'annotations', LAST_APPLIED]),
    )
  )
}

function lastTime(entries: readonly Owner[], who: Party): string {
  let latest = ''
  for (const { party, time } of entries) if (party === who && time !== undefined && time > latest) latest = time
  return latest
}

export function actorOf({ manager, operation, subresource, time }: Owner): Actor {
  return {
    manager,
    operation,
    ...(subresource !== undefined && { subresource }),
    ...(time !== undefined && { time }),
  }
}
