import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'

/** One kind as discovery tells it. */
export interface DiscoveredKind {
  readonly group: string
  readonly kind: string
  /** The server's preferred version first. */
  readonly versions: readonly string[]
  readonly resource: string
  readonly namespaced: boolean
}

export interface TableSources {
  readonly kinds: readonly DiscoveredKind[]
  /** All `components.schemas` of the server, by model name. */
  readonly schemas: Readonly<Record<string, JsonObject>>
  /** By model name: fields that keep an explicit zero value (main.go). */
  readonly keeping: Readonly<Record<string, readonly string[]>>
}

/**
 * The built-in kinds and types as text, one a line; src/kubernetes/builtin/table.ts reads it and tells the grammar.
 * @throws Error for a schema that the grammar cannot say
 */
export function tableText({ kinds, schemas, keeping }: TableSources): string {
  const names = reachableTypes(kinds, schemas)
  const number = new Map(names.map((name, index) => [name, index]))
  const typeLines = names.map((name) => `${name} ${typeText(name, schemas, keeping, number)}`)
  const kindLines = kinds.map((kind) => {
    const versions = kind.versions.map((version) => `${version}:${number.get(rootType({ ...kind, version }, schemas))}`)
    return [kind.group || '-', kind.kind, kind.resource, kind.namespaced ? 'n' : 'c', ...versions].join(' ')
  })
  return `${kindLines.join('\n')}\n\n${typeLines.join('\n')}\n`
}

function rootType(
  { group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string },
  schemas: TableSources['schemas'],
): string {
  for (const [name, schema] of Object.entries(schemas)) {
    const kinds = schema['x-kubernetes-group-version-kind']
    if (!Array.isArray(kinds) || kinds.length !== 1) continue
    const [only] = kinds
    if (isJsonObject(only) && only.group === group && only.version === version && only.kind === kind) return name
  }
  throw new Error(`no schema of ${kind} in ${group}/${version}`)
}

function reachableTypes(kinds: TableSources['kinds'], schemas: TableSources['schemas']): readonly string[] {
  const seen = new Set<string>()
  const open = kinds.flatMap((kind) => kind.versions.map((version) => rootType({ ...kind, version }, schemas)))
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    for (const match of JSON.stringify(schemas[name] ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const referred = match[1] === undefined ? undefined : meant(match[1])
      if (referred !== undefined && scalarOf(referred, schemas) === undefined) open.push(referred)
    }
  }
  return [...seen].sort()
}

/** A JSON schema, or a boolean or a list in its place: OpenAPI tells nothing of these models. */
function meant(name: string): string {
  return name.replace(/\.JSONSchemaPropsOr(?:Array|Bool|StringArray)$/, '.JSONSchemaProps')
}

/** Types that are written as one value, by the letter of the grammar. */
function scalarOf(name: string, schemas: TableSources['schemas']): string | undefined {
  if (name.endsWith('.api.resource.Quantity')) return 'q'
  if (name.endsWith('.intstr.IntOrString')) return 'v'
  if (name.endsWith('.meta.v1.Time')) return 't'
  if (name.endsWith('.meta.v1.MicroTime')) return 'u'
  const schema = schemas[meant(name)]
  if (schema === undefined) throw new Error(`no schema ${name}`)
  if (schema.properties !== undefined || schema.additionalProperties !== undefined) return undefined
  return schema.type === undefined || schema.type === 'object' ? 'a' : 'v'
}

function typeText(
  name: string,
  schemas: TableSources['schemas'],
  keeping: TableSources['keeping'],
  number: ReadonlyMap<string, number>,
): string {
  const schema = schemas[name] ?? {}
  const keeps = keeping[name]
  if (keeps === undefined) throw new Error(`${name} is no type that Go's reflection reached`)
  const fields = isJsonObject(schema.properties) ? Object.entries(schema.properties) : []
  const texts = fields.map(([field, value]) => {
    if (!isJsonObject(value)) throw new Error(`${name}.${field} has no schema`)
    const text = `${field}${keeps.includes(field) ? '!' : ''}:${schemaText(value, schemas, number)}`
    return isMeaningful(value.default) ? `${text}=${JSON.stringify(value.default)}` : text
  })
  if (texts.some((text) => /\s/.test(text))) throw new Error(`${name} has a field with a blank`)
  return [schema['x-kubernetes-map-type'] === 'atomic' ? '@' : '-', ...texts].join(' ')
}

/** A default that is the zero value says only that the field is no pointer. */
function isMeaningful(value: Json | undefined): boolean {
  if (isJsonObject(value)) return Object.keys(value).length > 0
  return value !== undefined && value !== null && value !== '' && value !== 0 && value !== false
}

const MAP_TYPES = new Map<Json, string>([
  ['atomic', '@'],
  ['granular', '~'],
])

function schemaText(schema: JsonObject, schemas: TableSources['schemas'], number: ReadonlyMap<string, number>): string {
  const reference = referenceOf(schema)
  const atomic = MAP_TYPES.get(schema['x-kubernetes-map-type'] ?? '') ?? ''
  if (reference !== undefined) return atomic + (scalarOf(reference, schemas) ?? String(number.get(meant(reference))))
  if (schema.type === 'array') return listText(schema, schemas, number)
  if (schema.type === 'object') {
    const values = schema.additionalProperties
    return isJsonObject(values) ? `${atomic}{${schemaText(values, schemas, number)}}` : `${atomic}a`
  }
  if (schema.type === undefined) return 'a'
  return schema.format === 'byte' ? 'y' : 'v'
}

function referenceOf(schema: JsonObject): string | undefined {
  const [first] = Array.isArray(schema.allOf) ? schema.allOf : [schema]
  const reference = isJsonObject(first) ? first.$ref : undefined
  return typeof reference === 'string' ? reference.slice('#/components/schemas/'.length) : undefined
}

function listText(schema: JsonObject, schemas: TableSources['schemas'], number: ReadonlyMap<string, number>): string {
  const item = isJsonObject(schema.items) ? schemaText(schema.items, schemas, number) : 'a'
  switch (schema['x-kubernetes-list-type']) {
    case 'map': {
      const keys = schema['x-kubernetes-list-map-keys']
      if (!Array.isArray(keys)) throw new Error('a list-map without keys')
      return `[${keys.join(',')}|${item}]`
    }
    case 'set':
      return `<${item}>`
    default:
      return `[${item}]`
  }
}
