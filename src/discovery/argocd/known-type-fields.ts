import { knownType } from '../../kubernetes/known-types.ts'
import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import type { KnownTypeField } from '../../model/apps/policy.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import { type Fields, fieldsOf, readObject, readObjects, readText } from '../fields/fields.ts'

const TOGETHER = 'resource.customizations'
const SPLIT_KEY = `${TOGETHER}.knownTypeFields.`

export interface KnownTypeFields {
  readonly fields: readonly KnownTypeField[]
  /** Types that Argo CD does not know either, and leaves alone. */
  readonly unknown: readonly string[]
}

/**
 * The `knownTypeFields` of argocd-cm: of `resource.customizations`, and of the keys `resource.customizations.knownTypeFields.<group>_<kind>`,
 * which win for their kind.
 * @throws CodedError `GDE_ARGOCD_INVALID`, `GDE_RENDER_YAML`
 */
export function readKnownTypeFields(general: Readonly<Record<string, string>>): KnownTypeFields {
  const byKind = new Map<string, readonly Fields[]>()
  const together = fieldsIn(general[TOGETHER] ?? '', TOGETHER)
  for (const kind of Object.keys(together.value)) {
    const entries = readObjects(readObject(together, kind), 'knownTypeFields')
    if (entries.length > 0) byKind.set(kind, entries)
  }
  for (const [key, written] of Object.entries(general))
    if (key.startsWith(SPLIT_KEY)) byKind.set(key.slice(SPLIT_KEY.length).replace('_', '/'), listIn(written, key))
  const fields = [...byKind].flatMap(([kind, entries]) => entries.map((entry) => readField(kind, entry)))
  const isKnown = ({ type }: KnownTypeField) => knownType(type) !== undefined
  return {
    fields: fields.filter(isKnown),
    unknown: fields.filter((field) => !isKnown(field)).map(({ type }) => type),
  }
}

function readField(kind: string, entry: Fields): KnownTypeField {
  const slash = kind.indexOf('/')
  return {
    group: kind.slice(0, Math.max(slash, 0)),
    kind: kind.slice(slash + 1),
    field: readText(entry, 'field').split('.'),
    type: readText(entry, 'type'),
  }
}

function fieldsIn(written: string, name: string): Fields {
  const value = readYamlDocuments(written)[0]?.value ?? {}
  if (!isJsonObject(value)) throw new CodedError('GDE_ARGOCD_INVALID', `${name} is not a map`)
  return fieldsOf(value, 'GDE_ARGOCD_INVALID', name)
}

function listIn(written: string, name: string): readonly Fields[] {
  return readObjects(fieldsOf({ [name]: readYamlDocuments(written)[0]?.value ?? [] }, 'GDE_ARGOCD_INVALID'), name)
}
