import type { Json } from '../../model/json.ts'

/**
 * What Kubernetes' YAML library (go.yaml.in/yaml/v2 by way of sigs.k8s.io/yaml) makes of plain scalars: YAML 1.1 booleans, Go's
 * integer literals, no base 60, timestamps as text.
 */
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
])

/** Numbers that JSON cannot say; the Go code fails on them too. */
const NOT_IN_JSON = /^(?:\.nan|\.NaN|\.NAN|[-+]?\.(?:inf|Inf|INF))$/
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/
/** `strconv.ParseInt(text, 0, 64)`: a leading zero is octal. */
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/
const MIN_INT64 = -(2n ** 63n)
const MAX_UINT64 = 2n ** 64n - 1n

export class ScalarError extends Error {}

/** @throws ScalarError for numbers that JSON cannot say */
export function resolvePlain(text: string): Json {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  const first = text.charCodeAt(0)
  const isDigit = first >= 48 && first <= 57
  if (!isDigit && first !== 43 && first !== 45 && first !== 46) return text
  if (NOT_IN_JSON.test(text)) throw new ScalarError('not a number that JSON knows')
  if (first === 46) return resolveFraction(text)
  if (isDigit && isTimestamp(text)) return text
  return resolveNumber(text.replaceAll('_', '')) ?? text
}

/** `strconv.ParseFloat`: underscores may stand between digits. */
function resolveFraction(text: string): number | string {
  const plain = text.replaceAll(/(?<=\d)_(?=\d)/g, '')
  return FLOAT.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : text
}

function resolveNumber(text: string): number | bigint | undefined {
  const integer = INTEGER.exec(text)
  if (integer !== null) {
    const value = integerOf(integer[1] ?? '', integer[2] ?? '')
    if (value !== undefined) return value
  }
  if (!FLOAT.test(text)) return undefined
  const float = Number(text)
  // strconv.ParseFloat reports a range error, and the text stays text.
  return Number.isFinite(float) ? float : undefined
}

function integerOf(sign: string, digits: string): number | bigint | undefined {
  const octal = /^0(?:[oO])?([0-7]+)$/.exec(digits)
  const magnitude = BigInt(octal === null ? digits : `0o${octal[1]}`)
  const value = sign === '-' ? -magnitude : magnitude
  // ParseUint takes no sign.
  if (value < MIN_INT64 || value > (sign === '' ? MAX_UINT64 : 2n ** 63n - 1n)) return undefined
  const asNumber = Number(value)
  return Number.isSafeInteger(asNumber) ? (asNumber === 0 ? 0 : asNumber) : value
}

/** The four forms that the Go code takes for a time, which then stays text: `2001-12-14` is no number anyway, `2001-1-1` neither. */
function isTimestamp(text: string): boolean {
  return /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ].*)?$/.test(text)
}

const TAG_PREFIX = 'tag:yaml.org,2002:'

/**
 * A scalar with an explicit tag.
 * @throws ScalarError when it is not what the tag says
 */
export function resolveTagged(tag: string, text: string): Json {
  if (!tag.startsWith(TAG_PREFIX)) return text
  const name = tag.slice(TAG_PREFIX.length)
  if (name === 'str') return text
  if (name === 'binary') return decodeBinary(text)
  if (!['bool', 'int', 'float', 'null', 'timestamp'].includes(name)) return text
  if (name === 'timestamp' && isTimestamp(text)) return text
  const value = resolvePlain(text)
  const found = kindOf(value)
  const fits = found === name || (name === 'float' && found === 'int')
  if (!fits) throw new ScalarError(`not a ${name}`)
  return value
}

function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return 'str'
}

function decodeBinary(text: string): string {
  const base64 = text.replaceAll(/[\r\n]/g, '')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64))
    throw new ScalarError('!!binary value contains invalid base64 data')
  return Buffer.from(base64, 'base64').toString('utf8')
}

/**
 * A mapping's key as JSON has it, which knows only text.
 * @throws ScalarError for keys that are null or too large an integer
 */
export function keyText(key: Json): string {
  switch (typeof key) {
    case 'string':
      return key
    case 'boolean':
      return key ? 'true' : 'false'
    case 'bigint':
      if (key > 2n ** 63n - 1n) throw new ScalarError('unsupported key')
      return key.toString()
    case 'number':
      return Number.isInteger(key) ? key.toString() : floatKey(key)
    default:
      throw new ScalarError('unsupported key: only scalars that are not null can be keys')
  }
}

/** The Go code writes the shortest digits that name the same 32-bit float. */
function floatKey(key: number): string {
  const float = Math.fround(key)
  for (let precision = 1; precision <= 9; precision += 1) {
    const shorter = Number(float.toPrecision(precision))
    if (Math.fround(shorter) === float) return shorter.toString()
  }
  return float.toString()
}
