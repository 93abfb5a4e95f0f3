import type { Cause } from '../model/verdicts/cause.ts'
import type { ObjectState } from '../model/verdicts/difference.ts'
import { type ChangedField, changeText } from './change-text.ts'

/** An object that drifts, or did: of a verdict, or of an episode. */
export interface DriftedObject<Field extends ChangedField> {
  readonly kind: string
  readonly name: string
  readonly state: ObjectState
  /** Which side moved, where that is known of the object alone. */
  readonly cause?: Cause | undefined
  /** What counts as drift. */
  readonly fields: readonly Field[]
}

/** The one change of many that is told. */
export interface LeadingChange<Field extends ChangedField> {
  readonly object: Pick<DriftedObject<Field>, 'kind' | 'name' | 'state' | 'cause'>
  /** Absent where the object as a whole differs. */
  readonly field?: Field
  /** How many changes there are with it. */
  readonly count: number
}

/**
 * The change that leads: of the side that moved, and one that a person looks for first (an image, a number of replicas) before labels and
 * annotations.
 */
export function leadingChange<Field extends ChangedField>(
  objects: readonly DriftedObject<Field>[],
  cause: Cause | undefined,
): LeadingChange<Field> | undefined {
  const candidates = objects.flatMap((object) => candidatesOf(object, cause))
  const [first] = candidates.toSorted((one, other) => one.rank - other.rank)
  if (first === undefined) return undefined
  const { object, field } = first
  return { object, count: candidates.length, ...(field !== undefined && { field }) }
}

/** `replicas 3→11`, `Deployment front is not there`. */
export function leadingChangeText<Field extends ChangedField>(
  { object: { kind, name, state, cause }, field }: LeadingChange<Field>,
  options: { readonly cause: Cause | undefined; readonly showValues: boolean; readonly namesObject: boolean },
): string {
  if (field !== undefined) {
    const text = changeText(field, { ...options, cause: cause ?? options.cause })
    return options.namesObject ? `${kind} ${name}: ${text}` : text
  }
  switch (state) {
    case 'missing':
      return `${kind} ${name} is not there`
    case 'extra':
      return `${kind} ${name} is gone from Git`
    default:
      return `${kind} ${name} is ${state}`
  }
}

interface Candidate<Field extends ChangedField> {
  readonly object: DriftedObject<Field>
  readonly field?: Field
  /** The lowest is told. */
  readonly rank: number
}

function candidatesOf<Field extends ChangedField>(
  object: DriftedObject<Field>,
  cause: Cause | undefined,
): readonly Candidate<Field>[] {
  // What did not move with the others is told after them.
  const side = object.cause === undefined || cause === undefined || cause === 'both' || object.cause === cause ? 0 : 100
  // The fields of an object that is not there, or is gone from Git, are no changes of their own.
  if (object.state !== 'changed' || object.fields.length === 0) return [{ object, rank: side + 1 }]
  return object.fields.map((field) => ({ object, field, rank: side + rankOf(field) }))
}

function rankOf({ path, class: found }: ChangedField): number {
  if (/\/(image|replicas)$/.test(path)) return 0
  return (path.startsWith('/metadata/') ? 10 : path.includes('/metadata/') ? 6 : 2) + (found === 'changed' ? 0 : 1)
}
