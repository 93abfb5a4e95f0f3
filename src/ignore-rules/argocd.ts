import { readYamlDocuments } from '../kubernetes/serialization/yaml.ts'
import type { IgnoreRule } from '../model/apps/policy.ts'
import { CodedError } from '../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { type ParsedRules, parseRules, type ReportProblem, rulesOrThrow, textIn, textsIn } from './parsed-rules.ts'

type Data = Readonly<Record<string, string>>

/** `spec.ignoreDifferences` of an Application. */
export function readApplicationRules(value: Json | undefined): ParsedRules {
  return parseRules(value, (item, report) => {
    const part = (key: 'name' | 'namespace') => {
      const pattern = textIn(item, key, report)
      return pattern === '' ? {} : { [key]: pattern }
    }
    return {
      group: textIn(item, 'group', report),
      kind: textIn(item, 'kind', report),
      ...part('name'),
      ...part('namespace'),
      ...readWhat(item, report),
    }
  })
}

const TOGETHER = 'resource.customizations'
const SPLIT_KEY = `${TOGETHER}.ignoreDifferences.`

/**
 * The `ignoreDifferences` of argocd-cm: of `resource.customizations`, where each is YAML in YAML, and of the keys
 * `resource.customizations.ignoreDifferences.<group>_<kind>`, which win for their kind.
 * @throws CodedError `GDE_ARGOCD_INVALID`, `GDE_RENDER_YAML`
 */
export function readCustomizedRules(general: Data): readonly IgnoreRule[] {
  const rules = new Map<string, readonly IgnoreRule[]>()
  for (const [kind, customization] of Object.entries(yamlMap(general[TOGETHER] ?? ''))) {
    const written = writtenRule(customization, `${TOGETHER}.${kind}`)
    if (written !== '') rules.set(kind, readKindRule(kind, written))
  }
  for (const [key, written] of Object.entries(general)) {
    if (!key.startsWith(SPLIT_KEY)) continue
    const kind = kindOf(key.slice(SPLIT_KEY.length))
    rules.set(kind, readKindRule(kind, written))
  }
  return [...rules.values()].flat()
}

/** What holds where `resource.compareoptions` says nothing, or nothing that can be understood. */
export const DEFAULT_STATUS_RULES: readonly IgnoreRule[] = [{ jsonPointers: ['/status'] }]

/**
 * `ignoreResourceStatusField` of `resource.compareoptions` in argocd-cm. Of `ignoreAggregatedRoles` nothing is to be asked: such rules are
 * the server's own to every comparison.
 * @throws CodedError `GDE_ARGOCD_INVALID`, `GDE_RENDER_YAML`
 */
export function readStatusRules(general: Data): readonly IgnoreRule[] {
  const { ignoreResourceStatusField: status = 'all' } = yamlMap(general['resource.compareoptions'] ?? '')
  // YAML's `off` is false, which Argo CD takes for `none`.
  if (status === false || status === 'none' || status === 'off' || status === 'false') return []
  if (status !== null && typeof status !== 'string') throw invalid('ignoreResourceStatusField is not a text')
  // What is not known counts as `all`.
  if (status !== 'crd') return DEFAULT_STATUS_RULES
  return [{ group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', jsonPointers: ['/status'] }]
}

/** The part of a rule that says what is ignored: the same in an Application and in argocd-cm. */
function readWhat(item: JsonObject, report: ReportProblem): IgnoreRule {
  return {
    jsonPointers: textsIn(item, 'jsonPointers', report),
    jqPathExpressions: textsIn(item, 'jqPathExpressions', report),
    managedFieldsManagers: textsIn(item, 'managedFieldsManagers', report),
  }
}

function writtenRule(customization: Json, name: string): string {
  const { ignoreDifferences: written } = isJsonObject(customization) ? customization : {}
  if (customization !== null && !isJsonObject(customization)) throw invalid(`${name} is not an object`)
  if (written === undefined || written === null) return ''
  if (typeof written !== 'string') throw invalid(`${name}.ignoreDifferences is not a text`)
  return written
}

/** `group_Kind`, `Kind` for the core group, `all`. */
function kindOf(key: string): string {
  const parts = key.split('_')
  if (parts.length > 2) throw invalid(`${SPLIT_KEY}${key}: it is not of the form group_Kind`)
  return key === 'all' ? '*/*' : parts.join('/')
}

function readKindRule(kind: string, written: string): readonly IgnoreRule[] {
  const [group, name] = kind.includes('/') ? kind.split('/') : ['', kind]
  const selector = kind === '*/*' ? {} : { group: group ?? '', kind: name ?? '' }
  const parsed = parseRules([yamlMap(written)], (item, report) => ({ ...selector, ...readWhat(item, report) }))
  return rulesOrThrow(parsed, 'GDE_ARGOCD_INVALID', `ignoreDifferences of ${kind}`)
}

function yamlMap(written: string): JsonObject {
  const value = readYamlDocuments(written)[0]?.value ?? {}
  if (!isJsonObject(value)) throw invalid('it is not a map')
  return value
}

function invalid(message: string): CodedError {
  return new CodedError('GDE_ARGOCD_INVALID', message)
}
