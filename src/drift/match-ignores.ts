import { groupVersion, objectKey } from '../kubernetes/object.ts'
import { selectorMatches } from '../kubernetes/selector.ts'
import type { IgnoreRule } from '../model/apps/policy.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'
import { wholeTextPattern } from '../text/linear-pattern.ts'
import type { TextMatcher } from '../text/pattern-machine.ts'
import { matchesPattern } from '../text/star-pattern.ts'
import { withoutPointers } from './pointer.ts'

/** What the matching rules ignore in one object. The jq expressions are still to be resolved, in the sandbox. */
export interface MatchedIgnores {
  readonly jsonPointers: readonly string[]
  readonly jqPathExpressions: readonly string[]
  readonly managers: readonly string[]
}

/** Collects the rules that match the object. */
export function matchIgnores(rules: readonly IgnoreRule[], desired: KubernetesObject): MatchedIgnores {
  const matching = rules.filter((rule) =>
    rule.flux === undefined ? matchesGlobs(rule, desired) : matchesFlux(rule, desired),
  )
  return {
    jsonPointers: matching.flatMap((rule) => rule.jsonPointers ?? []),
    jqPathExpressions: matching.flatMap((rule) => rule.jqPathExpressions ?? []),
    managers: matching.flatMap((rule) => rule.managedFieldsManagers ?? []),
  }
}

/**
 * What is ignored, with the pointers that the jq expressions matched in either object.
 * @param jq JSON pointers, one list for each object
 */
export function resolveIgnores(
  matched: MatchedIgnores,
  jq: { readonly desired: readonly string[]; readonly live: readonly string[] } = { desired: [], live: [] },
): ResolvedIgnores {
  return {
    desired: [...matched.jsonPointers, ...jq.desired],
    live: [...matched.jsonPointers, ...jq.live],
    managers: matched.managers,
  }
}

function matchesGlobs(rule: IgnoreRule, object: KubernetesObject): boolean {
  const key = objectKey(object)
  return (['group', 'kind', 'namespace', 'name'] as const).every((part) => {
    const pattern = rule[part]
    return pattern === undefined || matchesPattern(pattern, key[part])
  })
}

function matchesFlux(rule: IgnoreRule, object: KubernetesObject): boolean {
  const { labels = {}, annotations = {} } = rule.flux ?? {}
  const key = { ...objectKey(object), version: groupVersion(object.apiVersion).version }
  return (
    fluxPatterns(rule).every(({ part, pattern }) => pattern?.test(key[part]) === true) &&
    selectorMatches(labels, stringEntries(object.metadata.labels)) &&
    selectorMatches(annotations, stringEntries(object.metadata.annotations))
  )
}

interface FluxPattern {
  readonly part: 'group' | 'version' | 'kind' | 'namespace' | 'name'
  /** Absent for what cannot be used: it matches nothing. */
  readonly pattern: TextMatcher | undefined
}

/** Compiled once a rule: they are asked for with every object. */
const compiledRules = new WeakMap<IgnoreRule, readonly FluxPattern[]>()

function fluxPatterns(rule: IgnoreRule): readonly FluxPattern[] {
  const known = compiledRules.get(rule)
  if (known !== undefined) return known
  const { group, kind, namespace, name } = rule
  const texts = { group, version: rule.flux?.version, kind, namespace, name }
  const patterns = (['group', 'version', 'kind', 'namespace', 'name'] as const).flatMap((part) => {
    const expression = texts[part]
    return expression === undefined ? [] : [{ part, pattern: wholeTextPattern(expression) }]
  })
  compiledRules.set(rule, patterns)
  return patterns
}

function stringEntries(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  )
}

/** The ignore rules that match one object, with jq expressions resolved to JSON pointers. */
export interface ResolvedIgnores {
  /** JSON pointers into the desired object. */
  readonly desired: readonly string[]
  /** JSON pointers into the live object. */
  readonly live: readonly string[]
  /** Field managers whose fields are not compared, by exact name. */
  readonly managers: readonly string[]
}

export const NOTHING_IGNORED: ResolvedIgnores = { desired: [], live: [], managers: [] }

/** Both objects without what is ignored, as Argo CD removes it from both before it compares. */
export function applyIgnores(
  desired: KubernetesObject,
  live: KubernetesObject,
  ignores: ResolvedIgnores,
): { readonly desired: KubernetesObject; readonly live: KubernetesObject } {
  return {
    desired: ignores.desired.length === 0 ? desired : removePointers(desired, ignores.desired),
    live: ignores.live.length === 0 ? live : removePointers(live, ignores.live),
  }
}

/** Identity and managedFields are never removed: they are needed to find and judge the object. */
function removePointers(object: KubernetesObject, pointers: readonly string[]): KubernetesObject {
  const rest = withoutPointers(object, pointers) ?? {}
  const metadata = withoutPointers(object.metadata, pointers.flatMap(belowMetadata)) ?? {}
  const { name, managedFields } = object.metadata
  return {
    ...rest,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { ...metadata, name, ...(managedFields !== undefined && { managedFields }) },
  }
}

function belowMetadata(pointer: string): readonly string[] {
  if (pointer === '' || pointer === '/metadata') return ['']
  return pointer.startsWith('/metadata/') ? [pointer.slice('/metadata'.length)] : []
}
