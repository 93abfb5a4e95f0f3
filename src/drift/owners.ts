import type { ManagedEntry } from '../kubernetes/managed-fields.ts'
import type { ComparePolicy } from '../model/apps/policy.ts'
import { matchesName } from '../text/star-pattern.ts'

/** Who a field manager is to the app; `forgotten` is none, but a name under which the server merges others. */
export type Party = 'gitops' | 'person' | 'controller' | 'forgotten'

/** An entry of managedFields and who wrote it. */
export interface Owner extends ManagedEntry {
  readonly party: Party
  /** Argo CD's `managedFieldsManagers`: its fields are not compared. */
  readonly ignored: boolean
}

/** The part of the policy that classifies managers. */
export type Parties = Pick<ComparePolicy, 'managers' | 'manualManagers'> & {
  /** By exact name. */
  readonly ignoredManagers: readonly string[]
}

/** Says of each managedFields entry whose it is: the GitOps tool's, a person's, or another program's. */
export function classifyOwners(entries: readonly ManagedEntry[], parties: Parties): readonly Owner[] {
  const applies = entries.some(({ operation, manager }) => operation === 'Apply' && matches(parties.managers, manager))
  return entries.map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    subresource: entry.subresource,
    time: entry.time,
    apiVersion: entry.apiVersion,
    fields: entry.fields,
    party: partyOf(entry, parties, applies),
    ignored: parties.ignoredManagers.includes(entry.manager),
  }))
}

/**
 * Names that the API server gives: beyond ten managers that update an object the oldest become `ancient-changes`, and what is there before
 * the first server-side apply to an object without managedFields becomes `before-first-apply`.
 */
const FORGOTTEN: readonly string[] = ['ancient-changes', 'before-first-apply']

/** GitOps managers win over the list of manual managers. */
function partyOf({ manager, operation }: ManagedEntry, { managers, manualManagers }: Parties, applies: boolean): Party {
  if (FORGOTTEN.includes(manager)) return 'forgotten'
  // Beside what it applies, a GitOps tool updates objects as a controller does (Flux its own resources).
  if (matches(managers, manager)) return applies && operation === 'Update' ? 'controller' : 'gitops'
  return matches(manualManagers, manager) ? 'person' : 'controller'
}

/** Results by list of patterns and name: few managers write many objects. */
const known = new WeakMap<readonly string[], Map<string, boolean>>()
const MAX_NAMES = 1000

function matches(patterns: readonly string[], name: string): boolean {
  let names = known.get(patterns)
  if (names === undefined || names.size > MAX_NAMES) {
    names = new Map()
    known.set(patterns, names)
  }
  let found = names.get(name)
  if (found === undefined) {
    found = matchesName(patterns, name)
    names.set(name, found)
  }
  return found
}
