import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { IgnoreRule } from '../../model/policy.ts'
import { fieldsOf, object, text, texts } from '../fields/fields.ts'

const SPLIT_KEY = 'resource.customizations.ignoreDifferences.'

/**
 * The `ignoreDifferences` of argocd-cm: of `resource.customizations`, where each is YAML in YAML, and of the keys
 * `resource.customizations.ignoreDifferences.<group>_<kind>`, which win for their kind.
 * @throws CodedError `GDE_ARGOCD_INVALID`, `GDE_RENDER_YAML`
 */
export function readCustomizations(general: Readonly<Record<string, string>>): readonly IgnoreRule[] {
  const rules = new Map<string, IgnoreRule>()
  const together = fieldsOf(
    yamlMap(general['resource.customizations'] ?? ''),
    'GDE_ARGOCD_INVALID',
    'resource.customizations',
  )
  for (const kind of Object.keys(together.value)) {
    const written = text(object(together, kind), 'ignoreDifferences')
    if (written !== '') rules.set(kind, readRule(kind, written))
  }
  for (const [key, written] of Object.entries(general)) {
    if (!key.startsWith(SPLIT_KEY)) continue
    const kind = kindOf(key.slice(SPLIT_KEY.length))
    rules.set(kind, readRule(kind, written))
  }
  return [...rules.values()]
}

/** `group_Kind`, `Kind` for the core group, `all`. */
function kindOf(key: string): string {
  const parts = key.split('_')
  if (parts.length > 2)
    throw new CodedError('GDE_ARGOCD_INVALID', `${SPLIT_KEY}${key}: it is not of the form group_Kind`)
  return key === 'all' ? '*/*' : parts.join('/')
}

function readRule(kind: string, written: string): IgnoreRule {
  const fields = fieldsOf(yamlMap(written), 'GDE_ARGOCD_INVALID', `ignoreDifferences of ${kind}`)
  const [group, name] = kind.includes('/') ? kind.split('/') : ['', kind]
  return {
    ...(kind === '*/*' ? {} : { group: group ?? '', kind: name ?? '' }),
    jsonPointers: texts(fields, 'jsonPointers'),
    jqPathExpressions: texts(fields, 'jqPathExpressions'),
    managedFieldsManagers: texts(fields, 'managedFieldsManagers'),
  }
}

function yamlMap(written: string): JsonObject {
  const value = readYamlDocuments(written)[0]?.value ?? {}
  if (!isJsonObject(value)) throw new CodedError('GDE_ARGOCD_INVALID', 'it is not a map')
  return value
}
