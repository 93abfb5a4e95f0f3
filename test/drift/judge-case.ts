import { compareObject } from '../../src/drift/compare-object.ts'
import { redactObject } from '../../src/kubernetes/redaction.ts'
import type { SchemaIndex } from '../../src/kubernetes/schema/schema-index.ts'
import type { ComparePolicy } from '../../src/model/apps/policy.ts'
import { isJsonObject, type Json } from '../../src/model/json.ts'
import type { Difference } from '../../src/model/verdicts/difference.ts'
import type { AccuracyCase } from './accuracy-cases.ts'

export type Outcome = 'right' | 'false positive' | 'false negative' | 'wrong class' | 'wrong path'

const REDACTION_KEY = new Uint8Array(32)

const MANUAL_MANAGERS: readonly string[] = ['kubectl*', 'k9s', 'Lens*', 'argocd-server']

export function policyOf(manager: string): ComparePolicy {
  return {
    method: 'client-side',
    added: 'drift',
    addedByNobody: 'report',
    operationalMarks: [],
    managers: [manager],
    manualManagers: MANUAL_MANAGERS,
    ignore: [],
    secrets: 'compare',
  }
}

/** Compares one case and says how the verdict stands to the expected one; every difference has to be right. */
export function judgeCase(
  accuracyCase: AccuracyCase,
  schemas: SchemaIndex,
): { readonly outcome: Outcome; readonly differences: readonly Difference[] } {
  const { desired, live, manager, expected } = accuracyCase
  const { differences } = compareObject({
    desired: redactObject(desired, REDACTION_KEY),
    live: live === undefined ? undefined : redactObject(live, REDACTION_KEY),
    schemas,
    policy: policyOf(manager),
  })
  return { outcome: outcomeOf(accuracyCase, differences, expected.class === 'none'), differences }
}

function outcomeOf(
  { desired, live, expected }: AccuracyCase,
  differences: readonly Difference[],
  clean: boolean,
): Outcome {
  if (clean) return differences.length === 0 ? 'right' : 'false positive'
  if (differences.length === 0) return 'false negative'
  if (!differences.every((difference) => expected.classes.includes(difference.class))) return 'wrong class'
  const isRight = (difference: Difference) =>
    expected.paths.some((path) => isRightPath(difference.path, path, desired, live ?? null))
  return differences.every(isRight) ? 'right' : 'wrong path'
}

/** The expected path, below it, the list that holds the item, or above it where one side has nothing. */
function isRightPath(found: string, expected: string, desired: Json, live: Json): boolean {
  if (found === expected || found.startsWith(`${expected}/`)) return true
  if (!expected.startsWith(`${found}/`)) return false
  const rest = expected.slice(found.length + 1)
  const held = valueAt(desired, found) ?? valueAt(live, found)
  if (Array.isArray(held) && /^\d+(?:\/|$)/.test(rest)) return true
  return valueAt(desired, found) === undefined || valueAt(live, found) === undefined
}

function valueAt(object: Json, pointer: string): Json | undefined {
  let value: Json | undefined = object
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    value = Array.isArray(value) ? value[Number(key)] : isJsonObject(value) ? value[key] : undefined
  }
  return value
}
