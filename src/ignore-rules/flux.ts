import { type Parsed, parseList } from '../../kubernetes/ignore-rules/parsed.ts'
import { readString, readStrings } from '../../kubernetes/ignore-rules/read-strings.ts'
import { parseSelector } from '../../kubernetes/parse-selector.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { IgnoreRule } from '../../model/policy.ts'
import type { LabelSelector } from '../../model/selector.ts'
import { wholeTextPattern } from '../../text/whole-text-pattern.ts'

const PARTS = ['group', 'version', 'kind', 'name', 'namespace'] as const

/**
 * `spec.ignore` of a Kustomization and `spec.driftDetection.ignore` of a HelmRelease: paths are JSON pointers, targets are chosen as
 * kustomize chooses the targets of patches.
 */
export function readFluxIgnoreRules(value: Json | undefined): Parsed<readonly IgnoreRule[]> {
  return parseList(value, 'ignore', (item) => (isJsonObject(item) ? readRule(item) : 'not a rule'))
}

/** The rule, or why it cannot be honoured. */
function readRule(item: JsonObject): IgnoreRule | string {
  const jsonPointers = readStrings(item.paths)
  if (jsonPointers === undefined) return 'paths is not a list of JSON pointers'
  const target = item.target ?? {}
  if (!isJsonObject(target)) return 'target is not a mapping'
  const parts = new Map<string, string>()
  for (const part of PARTS) {
    const pattern = readString(target[part])
    if (pattern === undefined) return `target.${part} is not a text`
    if (pattern === '') continue
    if (wholeTextPattern(pattern) === undefined) return `target.${part} is no expression that can be used`
    parts.set(part, pattern)
  }
  const labels = readSelector(target.labelSelector)
  const annotations = readSelector(target.annotationSelector)
  if (labels === undefined) return 'target.labelSelector is not a selector'
  if (annotations === undefined) return 'target.annotationSelector is not a selector'
  const { version, ...selector } = Object.fromEntries(parts)
  return { ...selector, jsonPointers, flux: { labels, annotations, ...(version !== undefined && { version }) } }
}

function readSelector(value: Json | undefined): LabelSelector | undefined {
  const text = readString(value)
  return text === undefined ? undefined : parseSelector(text)
}
