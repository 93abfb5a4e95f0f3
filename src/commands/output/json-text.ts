import { printJson } from '../../kubernetes/serialization/json.ts'
import type { Json } from '../../model/json.ts'
import { visibleLines } from '../../model/visible-text.ts'

/** JSON output. What a terminal would obey is escaped, which reads back as the same text. */
export function jsonText(value: Json): string {
  return `${visibleLines(printJson(value, 2))}\n`
}
