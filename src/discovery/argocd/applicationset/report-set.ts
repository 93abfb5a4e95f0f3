import type { ApplicationSetReport } from '../../../model/apps/inventory.ts'
import type { Failure } from '../../../model/failure.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import { objectAt, textAt } from '../../fields/lenient-fields.ts'
import type { ComputedApplicationSet } from './computed-set.ts'
import type { GeneratedApplications } from './generation.ts'
import { owningSet } from './owning-set.ts'

/** Names listed in one problem: more would hide what they have in common. */
const MAX_NAMES = 10

/** One set with what it generates, beside what is there. */
export interface SetReportInput {
  readonly control: string
  readonly set: KubernetesObject
  readonly generated: GeneratedApplications
  /** Names of the live Applications that it owns; undefined when they are not all known. */
  readonly live: readonly string[] | undefined
}

/**
 * Compares the generated Applications with the live ones. While a set has an error the controller creates and deletes
 * nothing, so nothing is missing or stale. With a generator that is not computable nothing is stale: that generator
 * may have made any live Application.
 */
export function reportSet({ control, set, generated, live }: SetReportInput): ComputedApplicationSet {
  const { applications, invalid, unknownClusters, error, warnings, notComputable } = generated
  const identity = { declaredIn: control, namespace: textAt(set.metadata, 'namespace'), name: set.metadata.name }
  const expected = new Set(applications.map((application) => textAt(objectAt(application, 'metadata'), 'name')))
  const isKnown = live !== undefined && error === undefined
  const missing = isKnown ? [...expected].filter((name) => !live.includes(name)) : undefined
  const stale = isKnown && notComputable.length === 0 ? live.filter((name) => !expected.has(name)) : undefined
  const report: ApplicationSetReport = {
    ...identity,
    ...(missing !== undefined && { missing: missing.length }),
    ...(stale !== undefined && { stale: stale.length }),
  }
  const problems = [
    ...generated.problems,
    ...names('GDE_APPSET_MISSING', missing, 'it stands for Applications that are not there'),
    ...names('GDE_APPSET_SURPLUS', stale, 'it made Applications that it does not stand for any more'),
  ]
  return {
    ...identity,
    applications,
    invalid,
    unknownClusters,
    ...(error !== undefined && { error }),
    warnings,
    problems,
    notComputable,
    report,
  }
}

function names(
  code: 'GDE_APPSET_MISSING' | 'GDE_APPSET_SURPLUS',
  found: readonly string[] | undefined,
  what: string,
): readonly Failure[] {
  if (found === undefined || found.length === 0) return []
  const shown = found.toSorted().slice(0, MAX_NAMES).join(', ')
  const rest = found.length > MAX_NAMES ? ` and ${found.length - MAX_NAMES} more` : ''
  return [{ code, message: `${what}: ${shown}${rest}` }]
}

/** Names of the Applications that each set made, by `namespace/name` of the set. */
export function applicationsBySet(applications: readonly JsonObject[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const application of applications) {
    const metadata = objectAt(application, 'metadata')
    const set = owningSet(metadata)
    if (set === undefined) continue
    const key = `${textAt(metadata, 'namespace')}/${set}`
    const names = found.get(key) ?? []
    names.push(textAt(metadata, 'name'))
    found.set(key, names)
  }
  return found
}
