import { parsePointer } from '../kubernetes/json-pointer.ts'
import { printJson } from '../kubernetes/serialization/json.ts'
import type { Json } from '../model/json.ts'
import type { Cause } from '../model/verdicts/cause.ts'
import type { Difference, DifferenceClass } from '../model/verdicts/difference.ts'

/** A field that differs: of a verdict, or of an episode. */
export type ChangedField = Pick<
  Difference,
  'path' | 'class' | 'desired' | 'live' | 'redacted' | 'withheld' | 'displayPath'
> & {
  /** The values are too large to be kept. */
  readonly omitted?: true
}

export interface ChangeTextOptions {
  /** Which side moved: a change is told from what was to what is. */
  readonly cause: Cause | undefined
  /** Whether values may be shown to whoever reads it. */
  readonly showValues: boolean
}

const LONGEST_VALUE = 40
const LONGEST_NAME = 60

/** One difference in the fewest words: `replicas 3→11`, `image 1.4→1.5`, `annotation note added`. Values of Secrets are never in it. */
export function changeText(field: ChangedField, { cause, showValues }: ChangeTextOptions): string {
  const name = cut(fieldName(field), LONGEST_NAME)
  const { class: found, desired, live } = field
  const isHidden = !showValues || field.redacted === true || field.withheld === true || field.omitted === true
  if (isHidden) return `${name} ${WITHOUT_VALUES[found]}`
  switch (found) {
    case 'changed': {
      const [from, to] = pairText(name, cause === 'git' ? [live, desired] : [desired, live])
      return `${name} ${from}→${to}`
    }
    case 'missing':
      return `${name} ${valueText(desired)} is not there`
    case 'removed':
      return `${name} ${valueText(live)} is gone from Git`
    case 'added':
      return `${name} ${valueText(live)} added`
    default:
      return found satisfies never
  }
}

const WITHOUT_VALUES: Readonly<Record<DifferenceClass, string>> = {
  changed: 'differs',
  missing: 'is not there',
  removed: 'is gone from Git',
  added: 'added',
}

/** Maps whose keys are the names that people use. */
const MAPS: Readonly<Record<string, string>> = {
  annotations: 'annotation',
  labels: 'label',
  nodeSelector: 'nodeSelector',
}

/** What people call a field: its last step, with the step before it where that alone says nothing. */
export function fieldName({ path, displayPath }: Pick<ChangedField, 'path' | 'displayPath'>): string {
  const steps = displayPath ?? parsePointer(path) ?? []
  const last = steps.at(-1)
  if (last === undefined) return 'the object'
  const before = steps.at(-2)
  if (last.startsWith('[') || /^\d+$/.test(last)) return `${before ?? ''}${last.startsWith('[') ? last : `[${last}]`}`
  if (before !== undefined && Object.hasOwn(MAPS, before)) return `${MAPS[before]} ${last}`
  // `value` of a variable, `name` of whatever it is: only the item says which.
  if (before?.startsWith('[') === true && GENERAL.includes(last))
    return `${before.slice(1, -1).replace(/^name=/, '')} ${last}`
  return last
}

const GENERAL = ['value', 'name', 'key', 'valueFrom']

/** Two values; of two images of one name the tags or digests alone, since they are what moved. */
function pairText(
  name: string,
  [one, other]: readonly [Json | undefined, Json | undefined],
): readonly [string, string] {
  if (/image$/i.test(name) && typeof one === 'string' && typeof other === 'string') {
    const [first, second] = [imageParts(one), imageParts(other)]
    if (first !== undefined && second !== undefined && first.name === second.name)
      return [cut(first.version, LONGEST_VALUE), cut(second.version, LONGEST_VALUE)]
  }
  return [valueText(one), valueText(other)]
}

/** `registry/name:tag`, `name@sha256:…`: https://pkg.go.dev/github.com/distribution/reference. A port is no tag. */
function imageParts(text: string): { readonly name: string; readonly version: string } | undefined {
  const parts =
    /^([a-z0-9][\w.\-/]*(?::\d+\/[\w.\-/]+)?)(?::([\w][\w.-]{0,127}))?(?:@(?:sha256|sha512):([0-9a-f]{12})[0-9a-f]+)?$/.exec(
      text,
    )
  const [, name, tag, digest] = parts ?? []
  const version = tag ?? digest
  return name === undefined || version === undefined ? undefined : { name, version }
}

/** Text as it is, everything else as JSON; what is long is cut. */
function valueText(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return value === '' ? '""' : cut(value.replaceAll(/\s+/g, ' '), LONGEST_VALUE)
  if (Array.isArray(value)) return value.length === 1 ? '1 item' : `${value.length} items`
  if (typeof value === 'object' && value !== null) {
    const count = Object.keys(value).length
    return count === 1 ? '1 field' : `${count} fields`
  }
  return cut(printJson(value), LONGEST_VALUE)
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
