import type { Problem } from '../../model/apps/inventory.ts'
import type { JsonObject } from '../../model/json.ts'

/** What discovery could not use, as `check` prints it. */
export function problemJson({ subject, failure }: Problem): JsonObject {
  const { code, message, file, line } = failure
  return { subject, reason: code, message, file: file ?? null, line: line ?? null }
}
