import { parseSelector } from '../kubernetes/parse-selector.ts'
import type { IgnoreRule } from '../model/apps/policy.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { LabelSelector } from '../model/selector.ts'
import { wholeTextPattern } from '../text/linear-pattern.ts'
import { type ParsedRules, parseRules, type ReportProblem, textIn, textsIn } from './parsed-rules.ts'

const PARTS = ['group', 'version', 'kind', 'name', 'namespace'] as const

/**
 * `spec.ignore` of a Kustomization and `spec.driftDetection.ignore` of a HelmRelease: paths are JSON pointers, targets are chosen as
 * kustomize chooses the targets of patches.
 */
export function readFluxRules(value: Json | undefined): ParsedRules {
  return parseRules(value, readRule)
}

function readRule(item: JsonObject, report: ReportProblem): IgnoreRule {
  const target = item.target ?? {}
  if (!isJsonObject(target)) {
    report('target', 'is not an object')
    return {}
  }
  const parts = new Map<string, string>()
  for (const part of PARTS) {
    const pattern = textIn(target, part, report, `target.${part}`)
    if (pattern === '') continue
    if (wholeTextPattern(pattern) === undefined) report(`target.${part}`, 'is no expression that can be used')
    parts.set(part, pattern)
  }
  const { version, ...selector } = Object.fromEntries(parts)
  return {
    ...selector,
    jsonPointers: textsIn(item, 'paths', report),
    flux: {
      labels: readSelector(target, 'labelSelector', report),
      annotations: readSelector(target, 'annotationSelector', report),
      ...(version !== undefined && { version }),
    },
  }
}

function readSelector(target: JsonObject, key: string, report: ReportProblem): LabelSelector {
  const path = `target.${key}`
  const selector = parseSelector(textIn(target, key, report, path))
  if (selector === undefined) report(path, 'is not a selector')
  return selector ?? {}
}
