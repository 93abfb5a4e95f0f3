import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { IgnoreRule } from '../../model/policy.ts'
import { readYamlDocuments } from '../yaml.ts'
import { type Parsed, parseList } from './parsed.ts'
import { readString, readStrings } from './read-strings.ts'

type Ways = Pick<IgnoreRule, 'jsonPointers' | 'jqPathExpressions' | 'managedFieldsManagers'>

/**
 * `spec.ignoreDifferences` of an Application. Group and kind are globs, and an absent group is the core one; an absent name or
 * namespace means any.
 */
export function argocdIgnoreDifferences(value: Json | undefined): Parsed<readonly IgnoreRule[]> {
  return parseList(
    value,
    'ignoreDifferences',
    (item) => (isJsonObject(item) ? readRule(item) : undefined) ?? 'not a rule',
  )
}

function readRule(item: JsonObject): IgnoreRule | undefined {
  const ways = readWays(item)
  const [group, kind, namespace, name] = [item.group, item.kind, item.namespace, item.name].map(readString)
  if (ways === undefined || group === undefined || kind === undefined || name === undefined || namespace === undefined)
    return undefined
  return { group, kind, ...(name !== '' && { name }), ...(namespace !== '' && { namespace }), ...ways }
}

function readWays(item: JsonObject): Ways | undefined {
  const jsonPointers = readStrings(item.jsonPointers)
  const jqPathExpressions = readStrings(item.jqPathExpressions)
  const managedFieldsManagers = readStrings(item.managedFieldsManagers)
  if (jsonPointers === undefined || jqPathExpressions === undefined || managedFieldsManagers === undefined)
    return undefined
  return {
    ...(jsonPointers.length > 0 && { jsonPointers }),
    ...(jqPathExpressions.length > 0 && { jqPathExpressions }),
    ...(managedFieldsManagers.length > 0 && { managedFieldsManagers }),
  }
}

const SPLIT_KEY = /^resource\.customizations\.ignoreDifferences\.(.+)$/
const ALL_KEY = 'resource.customizations'

/**
 * What argocd-cm ignores for all apps: `resource.customizations.ignoreDifferences.<group>_<kind>` (or `.all`), and the older
 * `resource.customizations` with all kinds in one text.
 */
export function argocdSystemIgnores(data: Readonly<Record<string, string>>): Parsed<readonly IgnoreRule[]> {
  const rules: IgnoreRule[] = []
  const problems: string[] = []
  const add = (setting: string, subject: Pick<IgnoreRule, 'group' | 'kind'>, text: Json | undefined) => {
    const value = typeof text === 'string' ? readYaml(text) : undefined
    const ways = isJsonObject(value) ? readWays(value) : undefined
    if (ways === undefined) problems.push(`${setting} is not a rule`)
    else rules.push({ ...subject, ...ways })
  }
  for (const [setting, text] of Object.entries(data)) {
    const kind = SPLIT_KEY.exec(setting)?.[1]
    if (kind !== undefined) add(setting, subjectOf(kind, '_'), text)
    if (setting !== ALL_KEY) continue
    const customizations = readYaml(text)
    if (!isJsonObject(customizations)) {
      problems.push(`${ALL_KEY} is not a mapping`)
      continue
    }
    for (const [name, customization] of Object.entries(customizations)) {
      const rule = isJsonObject(customization) ? customization.ignoreDifferences : undefined
      if (rule !== undefined) add(`${ALL_KEY} of ${name}`, subjectOf(name, '/'), rule)
    }
  }
  return { value: rules, problems }
}

/** `apps_Deployment`; without a group, the core one; `all` and `*` mean every kind. */
function subjectOf(name: string, separator: string): Pick<IgnoreRule, 'group' | 'kind'> {
  if (name === 'all' || name === '*' || name === `*${separator}*`) return {}
  const at = name.lastIndexOf(separator)
  return at === -1 ? { group: '', kind: name } : { group: name.slice(0, at), kind: name.slice(at + 1) }
}

function readYaml(text: string): Json | undefined {
  try {
    return readYamlDocuments(text)[0]?.value
  } catch (error) {
    if (error instanceof CodedError) return undefined
    throw error
  }
}

/** `resource.compareoptions` of argocd-cm. */
export interface ArgocdCompareOptions {
  readonly ignoreAggregatedRoles: boolean
  readonly ignoreResourceStatusField: 'all' | 'crd' | 'none'
}

const COMPARE_OPTIONS = 'resource.compareoptions'
const STATUS_FIELDS = new Map<Json, ArgocdCompareOptions['ignoreResourceStatusField']>([
  ['all', 'all'],
  ['crd', 'crd'],
  ['none', 'none'],
  // YAML's `off`, with or without quotes.
  ['off', 'none'],
  [false, 'none'],
])

export function argocdCompareOptions(data: Readonly<Record<string, string>>): Parsed<ArgocdCompareOptions> {
  const defaults: ArgocdCompareOptions = { ignoreAggregatedRoles: false, ignoreResourceStatusField: 'all' }
  const text = data[COMPARE_OPTIONS]
  if (text === undefined) return { value: defaults, problems: [] }
  const value = readYaml(text)
  if (!isJsonObject(value)) return { value: defaults, problems: [`${COMPARE_OPTIONS} is not a mapping`] }
  const status = value.ignoreResourceStatusField
  const known = status === undefined ? 'all' : STATUS_FIELDS.get(status)
  return {
    value: {
      ignoreAggregatedRoles: value.ignoreAggregatedRoles === true,
      ignoreResourceStatusField: known ?? defaults.ignoreResourceStatusField,
    },
    problems: known === undefined ? [`${COMPARE_OPTIONS}: ignoreResourceStatusField is not all, crd or none`] : [],
  }
}
