import { parsePointer } from '../../kubernetes/json-pointer.ts'
import { printYaml } from '../../kubernetes/serialization/yaml.ts'
import type { JsonObject } from '../../model/json.ts'
import type { ObjectKey } from '../../model/object.ts'
import type { Difference } from '../../model/verdicts/difference.ts'

type FieldPlace = Pick<Difference, 'path' | 'displayPath'>

/**
 * A part of the config file: the rule by which this field of this object does not count, and nothing else. An item of a list that has keys is
 * named by them, since it may be at another index in the cluster. Undefined where no rule can say it: the object as a whole, or a name with a
 * star, which stands for any text.
 */
export function ignoreRuleText({ group, kind, namespace, name }: ObjectKey, place: FieldPlace): string | undefined {
  if ([group, kind, namespace, name].some((part) => part.includes('*'))) return undefined
  const field = fieldOf(place)
  return field && printYaml({ comparing: { ignore: [{ group, kind, namespace, name, ...field }] } })
}

function fieldOf({ path, displayPath }: FieldPlace): JsonObject | undefined {
  const steps = parsePointer(path)
  if (steps === undefined || steps.length === 0) return undefined
  const shown = displayPath?.length === steps.length ? displayPath : steps
  const parts = steps.map((step, index): string | undefined => {
    const place = shown[index]
    if (place === step) return `[${JSON.stringify(step)}]`
    return place === `[${step}]` ? place : itemFilter(place ?? '')
  })
  if (parts.includes(undefined)) return undefined
  return parts.some((part) => part?.startsWith('[] '))
    ? { jqPathExpressions: [jqPath(parts)] }
    : { jsonPointers: [path] }
}

/** `.["spec"]["containers"][] | select((.name | tostring) == "web") | .["image"]`. JSON writes a text as jq reads it: it leaves no `\\(`. */
function jqPath(parts: readonly (string | undefined)[]): string {
  let expression = '.'
  for (const part of parts) {
    if (part?.startsWith('[] ') === true) expression += `${part} | .`
    else expression += part
  }
  return expression.replace(/ \| \.$/, '')
}

/** `[name=web]`, `[containerPort=80,protocol=TCP]`; `[value]` of a set. Numbers are compared as they are written. */
function itemFilter(displayStep: string): string | undefined {
  const inner = displayStep.slice(1, -1)
  // What is longer was cut.
  if (inner.length >= 253) return undefined
  const keys = inner.split(',').map((key) => /^([A-Za-z]\w*)=(.*)$/s.exec(key))
  if (keys.every((key) => key !== null)) {
    const conditions = keys.map(([, name = '', value = '']) => `(.${name} | tostring) == ${JSON.stringify(value)}`)
    return `[] | select(${conditions.join(' and ')})`
  }
  return keys.length > 1 ? undefined : `[] | select(tostring == ${JSON.stringify(inner)})`
}
