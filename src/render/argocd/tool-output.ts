import { isJsonObject, type Json } from '../../model/json.ts'
import type { RawObject } from './source-context.ts'

/**
 * The objects in what `kustomize` and `helm` of the sandbox answer.
 * @param fileOf turns what the tool calls a file into a path from the root of the repository
 */
export function readToolObjects(output: Json, fileOf: (name: string) => string | undefined): readonly RawObject[] {
  const objects = isJsonObject(output) ? output.objects : undefined
  if (!Array.isArray(objects)) return []
  return objects.map((item: Json): RawObject => {
    if (!isJsonObject(item)) return { value: null }
    const file = typeof item.file === 'string' ? fileOf(item.file) : undefined
    return { value: item.object ?? null, ...(file === undefined ? {} : { file }) }
  })
}
