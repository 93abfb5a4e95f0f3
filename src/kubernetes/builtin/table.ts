import type { ServedKind } from '../../model/clusters/cluster.ts'
import type { Json } from '../../model/json.ts'
import {
  ANY,
  type FieldRule,
  lazyList,
  lazyObject,
  listKeys,
  type ObjectNode,
  PLAIN,
  type SchemaField,
  type SchemaNode,
  withAtomicity,
} from '../schema/node.ts'
import type { SchemaIndex } from '../schema/schema-index.ts'
import { BUILTIN_TABLE } from './generated/builtin-table.ts'
import { fieldRules } from './rules.ts'

/**
 * The table is text, a line a kind (`group kind resource scope version:type …`), a blank line, a line a type
 * (`name atomic field field …`, types being numbered from 0). A field is `name`, `!` if it keeps an explicit zero value, `:`,
 * its type, and `=` with its default. Types:
 *
 *     v  plain value      q  Quantity      t u  Time, MicroTime      y  bytes      a  anything
 *     7  type number 7    {T}  map    [T]  atomic list    <T>  set    [k,l|T]  list-map with keys k and l
 *     @T  owned as a whole           ~T  owned field by field, where the type says otherwise
 */
interface Table {
  readonly kinds: readonly ServedKind[]
  /** Type number by `group/version/kind`. */
  readonly roots: ReadonlyMap<string, number>
  readonly types: readonly string[]
  readonly numbers: ReadonlyMap<string, number>
}

let table: Table | undefined
const nodes: (ObjectNode | undefined)[] = []

/** The kinds that Kubernetes 1.36 serves itself, all versions of them. */
export function builtinKinds(): readonly ServedKind[] {
  return readTable().kinds
}

/** The schemas of Kubernetes 1.36's own kinds, for snapshots and for servers without OpenAPI. */
export function builtinSchemas(): SchemaIndex {
  return {
    kind: (group, version, kind) => {
      const number = readTable().roots.get(`${group}/${version}/${kind}`)
      return number === undefined ? undefined : typeNode(number)
    },
  }
}

/** The built-in type of that OpenAPI model name: what OpenAPI leaves out (which fields keep zero values) is asked here. */
export function builtinType(name: string): ObjectNode | undefined {
  const number = readTable().numbers.get(name)
  return number === undefined ? undefined : typeNode(number)
}

function readTable(): Table {
  table ??= parseTable(BUILTIN_TABLE)
  return table
}

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] as const

function parseTable(text: string): Table {
  const [kindText = '', typeText = ''] = text.trim().split('\n\n')
  const roots = new Map<string, number>()
  const kinds = kindText.split('\n').map((line): ServedKind => {
    const [first = '', kind = '', resource = '', scope = '', ...rest] = line.split(' ')
    const group = first === '-' ? '' : first
    const versions = rest.map((entry) => entry.slice(0, entry.indexOf(':')))
    for (const entry of rest)
      roots.set(`${group}/${entry.slice(0, entry.indexOf(':'))}/${kind}`, Number(entry.split(':')[1]))
    return { group, kind, versions, resource, namespaced: scope === 'n', verbs: VERBS }
  })
  const types = typeText.split('\n')
  const numbers = new Map(types.map((line, index) => [line.slice(0, line.indexOf(' ')), index]))
  return { kinds, roots, types, numbers }
}

function typeNode(number: number): ObjectNode {
  const known = nodes[number]
  if (known !== undefined) return known
  const [name = '', atomic = '', ...fields] = (readTable().types[number] ?? '').split(' ')
  const node = lazyObject({ name, atomic: atomic === '@', closed: true }, () => {
    const rules = fieldRules(name)
    return { fields: new Map(fields.map((text) => parseField(text, rules))), values: undefined }
  })
  nodes[number] = node
  return node
}

type Rules = Readonly<Record<string, FieldRule>>

function parseField(text: string, rules: Rules): readonly [string, SchemaField] {
  const colon = text.indexOf(':')
  const keepsZero = text[colon - 1] === '!'
  const name = text.slice(0, keepsZero ? colon - 1 : colon)
  const equals = text.indexOf('=', colon)
  const type = text.slice(colon + 1, equals === -1 ? undefined : equals)
  const fallback: Json | undefined = equals === -1 ? undefined : JSON.parse(text.slice(equals + 1))
  const node = parseType(type, ruleOf(rules, `${name}.*`))
  const rule = ruleOf(rules, name)
  return [name, { node, keepsZero, default: rule?.default ?? fallback, rule }]
}

function ruleOf(rules: Rules, name: string): FieldRule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined
}

/** What lies in a list or a map is there as it was written, zero values too. */
function itemField(type: string, rule: FieldRule | undefined): SchemaField {
  return { node: parseType(type, undefined), keepsZero: true, default: undefined, rule }
}

function parseType(type: string, itemRule: FieldRule | undefined): SchemaNode {
  switch (type[0]) {
    case 'v':
      return PLAIN
    case 'q':
      return { type: 'scalar', scalar: 'quantity' }
    case 't':
      return { type: 'scalar', scalar: 'time' }
    case 'u':
      return { type: 'scalar', scalar: 'microTime' }
    case 'y':
      return { type: 'scalar', scalar: 'bytes' }
    case 'a':
      return ANY
    case '@':
      return withAtomicity(parseType(type.slice(1), itemRule), true)
    case '~':
      return withAtomicity(parseType(type.slice(1), itemRule), false)
    case '{':
      return lazyObject({ name: '', atomic: false, closed: false }, () => ({
        fields: new Map(),
        values: itemField(type.slice(1, -1), itemRule),
      }))
    case '<':
      return lazyList({ list: 'set' }, () => ({ keys: [], item: itemField(type.slice(1, -1), itemRule) }))
    case '[':
      return parseList(type, itemRule)
    default:
      return typeNode(Number(type))
  }
}

function parseList(type: string, itemRule: FieldRule | undefined): SchemaNode {
  const keys = /^\[([\w,]+)\|/.exec(type)?.[1]
  if (keys === undefined)
    return lazyList({ list: 'atomic' }, () => ({ keys: [], item: itemField(type.slice(1, -1), itemRule) }))
  return lazyList({ list: 'map' }, () => {
    const item = itemField(type.slice(keys.length + 2, -1), itemRule)
    return { keys: listKeys(keys.split(','), item), item }
  })
}
