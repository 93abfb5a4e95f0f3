import type { JsonObject } from '../../../model/json.ts'
import { listAt, textAt } from '../../fields/lenient-fields.ts'

/** The name of the ApplicationSet that made an Application; undefined where none did. */
export function owningSet(metadata: JsonObject): string | undefined {
  const owner = listAt(metadata, 'ownerReferences').find(
    (one) => one.kind === 'ApplicationSet' && textAt(one, 'apiVersion').startsWith('argoproj.io/'),
  )
  return owner && textAt(owner, 'name')
}
