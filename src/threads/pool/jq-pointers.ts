import { parseJson, printJson } from '../../kubernetes/serialization/json.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { Sandbox } from '../../model/sources/sandbox.ts'
import { NO_FILES, PURE_ENVIRONMENT } from './pure-call.ts'

/**
 * Evaluates jq path expressions on each of the objects; gives JSON pointers. An expression that fails on an object
 * (`.spec[]` where there is no spec) gives none, as in Argo CD.
 */
export function jqPointers(
  sandbox: Sandbox,
  expressions: readonly string[],
  objects: readonly KubernetesObject[],
): readonly (readonly string[])[] {
  return objects.map((object) => {
    const input = Buffer.from(printJson({ object, expressions }))
    const { output } = sandbox.call('jq', input, NO_FILES, PURE_ENVIRONMENT)
    return pointersOf(parseJson(Buffer.from(output).toString('utf8')))
  })
}

function pointersOf(output: Json): readonly string[] {
  const results = isJsonObject(output) && Array.isArray(output.results) ? output.results : []
  return results.flatMap((result: Json) => {
    const pointers = isJsonObject(result) && Array.isArray(result.pointers) ? result.pointers : []
    return pointers.filter((pointer: Json) => typeof pointer === 'string')
  })
}
