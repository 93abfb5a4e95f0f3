import { parseSelector } from '../../kubernetes/parse-selector.ts'
import { selectorMatches } from '../../kubernetes/selector.ts'
import type { ObserveOptions } from '../../model/clusters/cluster.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'

/** Filters by selectors, as an API server does. @throws CodedError `GDE_INTERNAL` for a selector that is none */
export function createSelection(what: ObserveOptions): (object: KubernetesObject) => boolean {
  const fields = (what.fieldSelector ?? '').split(',').filter((part) => part !== '')
  const fieldTests = fields.map(readFieldTest)
  const labels = parseSelector(what.labelSelector ?? '')
  if (labels === undefined) throw invalid(what.labelSelector ?? '')
  return (object) => fieldTests.every((test) => test(object)) && selectorMatches(labels, labelsOf(object))
}

function readFieldTest(part: string): (object: KubernetesObject) => boolean {
  const match = /^([^=!]+)(!=|==?)(.*)$/.exec(part)
  const [, path, operator, wanted] = match ?? []
  if (path === undefined || wanted === undefined) throw invalid(part)
  const steps = path.trim().split('.')
  return (object) => {
    const value = steps.reduce<Json | undefined>(
      (found, step) => (isJsonObject(found) ? found[step] : undefined),
      object,
    )
    return (String(value ?? '') === wanted.trim()) === (operator !== '!=')
  }
}

function labelsOf(object: KubernetesObject): Readonly<Record<string, string>> {
  const { labels } = object.metadata
  if (!isJsonObject(labels)) return {}
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]))
}

function invalid(part: string): CodedError {
  return new CodedError('GDE_INTERNAL', `${JSON.stringify(part)} is no selector`)
}
