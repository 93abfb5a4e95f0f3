import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { CodedError } from '../../model/failure.ts'
import { checkShape, shapeOf } from '../check-shape.ts'
import { parseConfigDocument, pointerToken } from '../config-document.ts'
import { ConfigError } from '../config-error.ts'
import { type ParseContext, startParsing } from '../parse-context.ts'
import { readConfigFile } from '../read-config-file.ts'
import { checkTls, isSet, readTls, type TlsTexts } from './read-tls.ts'
import type { TlsSettings, WebConfig } from './web-config.ts'
import { type TlsFile, type WebConfigFile, WebConfigSchema } from './web-config-schema.ts'

const SHAPE = shapeOf<WebConfigFile>(WebConfigSchema)
/** bcrypt takes twice as long with each; this one takes a second or two of a core. */
const MOST_COST = 14
const LEAST_COST = 4
const GO_UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/**
 * Reads a web config file and the files that it names, which are relative to its folder. @param path absolute
 * @throws CodedError `GDE_CONFIG_READ`, `GDE_TOO_LARGE`; ConfigError `GDE_CONFIG_SYNTAX`, `GDE_CONFIG_INVALID`. None says what secrets are
 */
export async function loadWebConfig(path: string): Promise<WebConfig> {
  const file = basename(path)
  const text = await readFileOf(path, file)
  // An empty file is the toolkit's way to say: nothing of it.
  if (text.split('\n').every((line) => /^\s*(?:#|$)/.test(line))) return { headers: {}, users: new Map() }
  const document = parseConfigDocument(text, file)
  const { config, failures: mistakes } = checkShape(document, file, SHAPE)
  const isBroken = (pointer: string): boolean => mistakes.some((mistake) => mistake.pointer === pointer)
  const { context, failures } = startParsing(document, path, file, isBroken)
  const read = config === undefined ? undefined : await readWebConfig(config, path, context)
  const all = [...mistakes.map(({ failure }) => failure), ...failures]
  if (all.length > 0 || read === undefined) throw new ConfigError(all)
  return read
}

async function readWebConfig(config: WebConfigFile, path: string, context: ParseContext): Promise<WebConfig> {
  const { tls_server_config: tlsFile, http_server_config: http, rate_limit: rateLimit } = config
  if (http?.http2 === true)
    context.reportIssue(
      '/http_server_config/http2',
      'HTTP/2 is not served here: leave it out, and clients use HTTP/1.1',
    )
  const isComplete = tlsFile !== undefined && Object.keys(tlsFile).length > 0 && checkTls(tlsFile, context)
  const tls = isComplete ? await readTlsFiles(tlsFile, path, context) : undefined
  return {
    ...(tls !== undefined && { tls }),
    headers: readHeaders(http?.headers ?? {}, context),
    users: readUsers(config.basic_auth_users ?? {}, context),
    ...readRateLimit(rateLimit, context),
  }
}

async function readTlsFiles(tls: TlsFile, path: string, context: ParseContext): Promise<TlsSettings | undefined> {
  const textOf = async (inline: string | undefined, file: string | undefined): Promise<string | undefined> =>
    isSet(file) ? readFileOf(resolve(dirname(path), file), file) : isSet(inline) ? inline : undefined
  const [cert, key, clientCa] = await Promise.all([
    textOf(tls.cert, tls.cert_file),
    textOf(tls.key, tls.key_file),
    textOf(tls.client_ca, tls.client_ca_file),
  ])
  if (cert === undefined || key === undefined) return undefined
  const texts: TlsTexts = { cert, key, ...(clientCa !== undefined && { clientCa }) }
  return readTls(tls, texts, context)
}

/** Pipes and devices are refused before they are opened: opening one may wait for ever. */
async function readFileOf(path: string, shown: string): Promise<string> {
  try {
    const found = await stat(path)
    if (!found.isFile() && !found.isDirectory())
      throw new CodedError('GDE_CONFIG_READ', 'the file cannot be read: it is no regular file', { file: shown })
  } catch (error) {
    // Whatever keeps it from being looked at keeps it from being read, and is told there.
    if (error instanceof CodedError) throw error
  }
  return readConfigFile(path, shown)
}

function readHeaders(headers: Readonly<Record<string, string>>, context: ParseContext): WebConfig['headers'] {
  const kept = Object.entries(headers).filter(([, value]) => value !== '')
  // RFC 9110: what is visible, blanks and tabs between. A line break would begin a header of its own.
  for (const [name, value] of kept)
    if (!/^[\x20-\x7e\t]*$/.test(value))
      context.reportIssue(`/http_server_config/headers/${name}`, 'holds a character that no header can have')
  return Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), value]))
}

function readUsers(users: Readonly<Record<string, string>>, context: ParseContext): WebConfig['users'] {
  for (const [user, hash] of Object.entries(users)) {
    const pointer = `/basic_auth_users/${pointerToken(user)}`
    if (user.includes(':')) context.reportKeyIssue(pointer, 'a user with ":" in its name cannot sign in')
    const cost = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1]
    if (cost === undefined) context.reportIssue(pointer, 'is no bcrypt hash, such as `htpasswd -nBC 10 ""` makes')
    else if (Number(cost) < LEAST_COST || Number(cost) > MOST_COST)
      context.reportIssue(pointer, `the cost of the hash is ${Number(cost)}, but must be ${LEAST_COST} to ${MOST_COST}`)
  }
  return new Map(Object.entries(users))
}

function readRateLimit(limit: WebConfigFile['rate_limit'], context: ParseContext): Pick<WebConfig, 'rateLimit'> {
  const { interval = 0, burst = 0 } = limit ?? {}
  const intervalMs = typeof interval === 'number' ? interval * 1e-6 : goDurationMs(interval)
  if (intervalMs === undefined || intervalMs < 0) {
    context.reportIssue('/rate_limit/interval', 'must be a duration such as 1s or 100ms')
    return {}
  }
  if (intervalMs === 0) return {}
  if (burst === 0) context.reportIssue('/rate_limit', 'burst must be at least 1, or no request is ever answered')
  return { rateLimit: { intervalMs, burst } }
}

/** As Go reads durations (`time.ParseDuration`). */
function goDurationMs(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g))
    sum += Number(amount) * (GO_UNITS_MS.get(unit ?? '') ?? 0)
  return sum
}
