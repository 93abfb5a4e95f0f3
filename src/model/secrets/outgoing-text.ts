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
  if (typeof data === 'string') return outgoingText(data)
  if (Array.isArray(data)) return unlessSame(data, data.map(outgoingData))
  if (!isPlain(data)) return data
  const entries = Object.entries(data)
  const changed = entries.map(([key, value]) => [key, outgoingData(value)] as const)
  return changed.every(([key, value]) => data[key] === value) ? data : Object.fromEntries(changed)
}

function unlessSame(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return before.every((item, index) => item === after[index]) ? before : after
}

function isPlain(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === 'object' && data !== null && [Object.prototype, null].includes(Object.getPrototypeOf(data))
}

/** The value of an `Authorization` header holds the secret behind the word, and what `Basic` encodes. */
function credentialParts(secret: string): readonly string[] {
  const [, scheme, rest = ''] = /^(Bearer|Basic) (.*)$/s.exec(secret) ?? []
  if (scheme === undefined) return [secret]
  if (scheme === 'Bearer') return [rest]
  const pair = Buffer.from(rest, 'base64').toString('utf8')
  return [rest, pair, pair.slice(pair.indexOf(':') + 1)]
}
