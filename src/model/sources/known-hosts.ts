import { createHmac, timingSafeEqual } from 'node:crypto'
import { SSH_PORT } from './ssh-address.ts'

/** A line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
interface KnownHostLine {
  readonly text: string
  readonly marker: '' | '@revoked' | '@cert-authority'
  readonly hosts: string
  readonly type: string
  /** The key as it is sent, base64. */
  readonly key: string
}

/** What known_hosts says of one host. */
export interface HostKeys {
  readonly known: readonly { readonly type: string; readonly key: string }[]
  readonly revoked: readonly string[]
  /** There are authorities for the host: host certificates are not checked here. */
  readonly hasAuthority: boolean
}

/** Lines beyond are not read: those of Argo CD are some twenty. */
const MOST_LINES = 20_000
/** A longer line is no key. */
const LONGEST_LINE = 16 << 10

/**
 * The lines that are about a host, and those that revoke a key, which no host may have. What cannot be understood is passed over, as
 * OpenSSH does.
 */
export function linesAbout(knownHosts: string, host: string, port: number): string {
  const lines = readLines(knownHosts).filter(
    (line) => line.marker === '@revoked' || namesHost(line.hosts, host.toLowerCase(), port),
  )
  return lines.map(({ text }) => `${text}\n`).join('')
}

/** What the lines say of one host. */
export function hostKeysOf(knownHosts: string, host: string, port: number): HostKeys {
  const lines = readLines(knownHosts)
  const about = lines.filter(({ hosts }) => namesHost(hosts, host.toLowerCase(), port))
  return {
    known: about.filter(({ marker }) => marker === '').map(({ type, key }) => ({ type, key })),
    revoked: lines.filter(({ marker }) => marker === '@revoked').map(({ key }) => key),
    hasAuthority: about.some(({ marker }) => marker === '@cert-authority'),
  }
}

function readLines(text: string): readonly KnownHostLine[] {
  return text.split('\n', MOST_LINES).flatMap((line) => readLine(line.trim()) ?? [])
}

function readLine(text: string): KnownHostLine | undefined {
  if (text === '' || text.startsWith('#') || text.length > LONGEST_LINE) return undefined
  const fields = text.split(/[ \t]+/)
  const marker = text.startsWith('@') ? fields.shift() : ''
  if (marker !== '' && marker !== '@revoked' && marker !== '@cert-authority') return undefined
  const [hosts = '', type = '', key = ''] = fields
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key) || typeOfKey(Buffer.from(key, 'base64')) !== type) return undefined
  return { text, marker, hosts, type, key: Buffer.from(key, 'base64').toString('base64') }
}

/** The name of the algorithm that a public key begins with; '' where it is none. */
export function typeOfKey(key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  if (bytes.length < 4) return ''
  const length = bytes.readUInt32BE(0)
  return length > 64 || bytes.length < 4 + length ? '' : bytes.toString('latin1', 4, 4 + length)
}

/**
 * Whether the first field of a line is about a host: names with `*` and `?`, `!` before what is excepted, `[name]:port` for any port but
 * 22, or one hashed name. Ports are compared strictly, as the library of Argo CD and Flux does (golang.org/x/crypto/ssh/knownhosts).
 */
function namesHost(hosts: string, host: string, port: number): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, port === SSH_PORT ? host : `[${host}]:${port}`)
  let found = false
  for (const pattern of hosts.toLowerCase().split(',')) {
    const isNegated = pattern.startsWith('!')
    if (!matchesHost(isNegated ? pattern.slice(1) : pattern, host, port)) continue
    if (isNegated) return false
    found = true
  }
  return found
}

function matchesHost(pattern: string, host: string, port: number): boolean {
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(pattern) ?? /^([^:]*):(\d+)$/.exec(pattern)
  const name = bracketed?.[1] ?? pattern
  return Number(bracketed?.[2] ?? SSH_PORT) === port && matchesWildcards(name, host)
}

/** `*` is any run of characters, `?` is one. Linear but for the last star, to which it returns. */
function matchesWildcards(pattern: string, text: string): boolean {
  let [at, place, star, resumed] = [0, 0, -1, 0]
  while (place < text.length) {
    if (pattern[at] === '*') [star, resumed, at] = [at, place, at + 1]
    else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[place]))
      [at, place] = [at + 1, place + 1]
    else if (star >= 0) [at, resumed, place] = [star + 1, resumed + 1, resumed + 1]
    else return false
  }
  return /^\**$/.test(pattern.slice(at))
}

/** `|1|salt|hash`: HMAC-SHA1 of the name. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = hashed.split('|')
  if (version !== '1') return false
  const wanted = Buffer.from(hash, 'base64')
  const made = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return wanted.length === made.length && timingSafeEqual(wanted, made)
}
