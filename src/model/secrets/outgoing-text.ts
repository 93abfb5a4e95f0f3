import { visibleLines } from '../visible-text.ts'
import { SecretIndex } from './secret-index.ts'

/** The credentials that this thread works with. */
const known = new SecretIndex()
const ofHolder = new WeakMap<object, string[]>()
const holders = new FinalizationRegistry<string[]>((secrets) => {
  for (const secret of secrets) known.delete(secret)
})
/** Of one that is replaced again and again, as tokens in files are, the last ones stay known. */
const MOST_OF_HOLDER = 32

/** From now on the secret is in nothing that this thread lets out, as long as its holder lives. */
export function hideWhileUsed(holder: object, secret: string): void {
  let secrets = ofHolder.get(holder)
  if (secrets === undefined) {
    secrets = []
    ofHolder.set(holder, secrets)
    holders.register(holder, secrets)
  }
  for (const part of credentialParts(secret)) {
    if (secrets.includes(part)) continue
    known.add(part)
    secrets.push(part)
    if (secrets.length > MOST_OF_HOLDER) known.delete(secrets.shift() ?? '')
  }
}

/**
 * The one way of text out of the program, whoever wrote it: messages of failures, lines of logs, what a controller or a server says.
 * Credentials in use are hidden, in whatever encoding, and what a terminal would not show as it is gets visible.
 */
export function outgoingText(text: string): string {
  return visibleLines(known.hide(text))
}

/** Plain data with every text in it made so. What has nothing to hide is returned as it is. */
export function outgoingData<T>(data: T): T
export function outgoingData(data: unknown): unknown {
  return mapTexts(data, outgoingText)
}

/**
 * A report with what is free text in it made so: messages, and values of objects, which keep what a terminal would not show. Names stay
 * as they are, since things are found by them.
 */
export function outgoingReport<T>(report: T): T
export function outgoingReport(report: unknown): unknown {
  return mapFields(report, outgoingField)
}

function outgoingField(key: string, value: unknown): unknown {
  if (key === 'message') return mapTexts(value, outgoingText)
  if (key === 'desired' || key === 'live') return mapTexts(value, (text) => known.hide(text))
  return mapFields(value, outgoingField)
}

function mapTexts(data: unknown, change: (text: string) => string): unknown {
  return typeof data === 'string' ? change(data) : mapFields(data, (_key, value) => mapTexts(value, change))
}

/** The same object when nothing in it changed, as it is with nearly all. */
function mapFields(data: unknown, change: (key: string, value: unknown) => unknown): unknown {
  if (typeof data !== 'object' || data === null) return data
  if (Array.isArray(data)) {
    let items: unknown[] | undefined
    for (const [index, item] of data.entries()) {
      const changed = change('', item)
      if (changed === item) continue
      items ??= [...data]
      items[index] = changed
    }
    return items ?? data
  }
  if (!isPlain(data)) return data
  let fields: Map<string, unknown> | undefined
  for (const key of Object.keys(data)) {
    const changed = change(key, data[key])
    if (changed === data[key]) continue
    fields ??= new Map(Object.entries(data))
    fields.set(key, changed)
  }
  return fields === undefined ? data : Object.fromEntries(fields)
}

function isPlain(data: unknown): data is Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null) return false
  const prototype: unknown = Object.getPrototypeOf(data)
  return prototype === Object.prototype || prototype === null
}

/** The value of an `Authorization` header holds the secret behind the word, and what `Basic` encodes. */
function credentialParts(secret: string): readonly string[] {
  const [, scheme, rest = ''] = /^(Bearer|Basic) (.*)$/s.exec(secret) ?? []
  if (scheme === undefined) return [secret]
  if (scheme === 'Bearer') return [rest]
  const pair = Buffer.from(rest, 'base64').toString('utf8')
  return [rest, pair, pair.slice(pair.indexOf(':') + 1)]
}
