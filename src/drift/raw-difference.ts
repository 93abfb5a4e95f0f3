import { escapeToken } from '../kubernetes/json-pointer.ts'
import type { PathStep } from '../kubernetes/managed-fields.ts'
import { printJson } from '../kubernetes/serialization/json.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { Cause } from '../model/verdicts/cause.ts'
import type { Actor, DifferenceClass, Unattributed } from '../model/verdicts/difference.ts'

/** A difference before the policy is applied. */
export interface RawDifference {
  readonly class: DifferenceClass
  readonly path: readonly PathStep[]
  readonly desired: Json | undefined
  readonly live: Json | undefined
  readonly actor: Actor | undefined
  /** Why there is no actor, where that is known. */
  readonly unattributed?: Unattributed | undefined
  /** Which side changed since the last apply, as far as the live object shows. */
  readonly cause: Cause
}

/** The JSON pointer: into the desired object for what is declared, into the live one for what is not. */
export function rawDifferencePointer({ class: found, path }: Pick<RawDifference, 'class' | 'path'>): string {
  const intoLive = found === 'added' || found === 'removed'
  return path
    .map((step) => `/${typeof step === 'string' ? escapeToken(step) : intoLive ? step.live : step.desired}`)
    .join('')
}

/** The steps of the pointer as a person reads them: `[name=web]` for an item that has keys, `[2]` for one that has none. */
export function rawDifferencePlace({ class: found, path }: Pick<RawDifference, 'class' | 'path'>): readonly string[] {
  const intoLive = found === 'added' || found === 'removed'
  return path.map((step) =>
    typeof step === 'string' ? step : `[${itemName(step) ?? (intoLive ? step.live : step.desired)}]`,
  )
}

function itemName({ list, item }: Exclude<PathStep, string>): string | undefined {
  if (list.list === 'set') return shortText(item)
  if (list.list === 'atomic' || !isJsonObject(item)) return undefined
  const keys = list.keys.filter((key) => item[key.name] !== undefined)
  return keys.length === 0 ? undefined : keys.map(({ name }) => `${name}=${shortText(item[name] ?? null)}`).join(',')
}

const MAX_NAME = 253

function shortText(value: Json): string {
  return (typeof value === 'string' ? value : printJson(value)).slice(0, MAX_NAME)
}
