import { CodedError } from '../failure.ts'
import { visibleText } from '../visible-text.ts'
import { decodedBytes, readGoUrl } from './go-url.ts'
import { normalizeGitUrl, type RepositoryKey } from './repository-key.ts'
import { readSshAddress, sshOrigin } from './ssh-address.ts'

/** How a repository URL says to read it. `git@host:path` and `git@host/path` are ssh; 'none' is no URL that anybody could read. */
export type RepositoryTransport = 'http' | 'https' | 'file' | 'ssh' | 'oci' | 'other' | 'none'

/**
 * Where a repository is, in the one spelling that everything here uses: scheme and host in lower case, the case of the path as it is,
 * no user info (but the user of ssh), no default port, no slash at the end. Go and WHATWG read it alike.
 */
export type RepositoryAddress = string & { readonly __brand: 'RepositoryAddress' }

/** A repository by its one address: plain data, which settings hold and threads are given. */
export interface RepositoryLocation {
  readonly transport: RepositoryTransport
  /** What is fetched, rewritten and mirrored, and which host credentials are for. */
  readonly address: RepositoryAddress
  /** Scheme, host and port of http(s) and of registries, user, host and port of ssh, which credentials belong to; undefined for others. */
  readonly origin: string | undefined
  /** As declared, without user info: for people. */
  readonly shown: string
  /** What Argo CD compares, of the address: what a rule denies, it denies in every spelling. */
  readonly plainKey: RepositoryKey
  /** Equal for addresses that differ in nothing but `.git` and the way ssh is spelled. */
  readonly name: string
}

/** A URL that names one repository, whoever reads it. Made by `readRepositoryUrl` where a URL comes in, and by nobody else. */
export class RepositoryUrl implements RepositoryLocation {
  readonly transport: RepositoryTransport
  readonly address: RepositoryAddress
  readonly origin: string | undefined
  readonly shown: string
  readonly plainKey: RepositoryKey
  readonly name: string
  /** Private, since Argo CD compares user info, too: no JSON, log or clone has it. */
  readonly #key: RepositoryKey

  constructor(transport: RepositoryTransport, address: string, declared: string) {
    this.transport = transport
    this.address = address as RepositoryAddress
    this.origin = originOf(transport, address)
    this.shown = withoutUserInfo(declared)
    this.#key = normalizeGitUrl(declared)
    this.plainKey = normalizeGitUrl(address)
    const ssh = address.replace(/^ssh:\/\//, '').replace(/^([^/:]+):(?!\d+\/)/, '$1/')
    this.name = (transport === 'ssh' ? ssh : address).replace(/\.git$/, '')
  }

  /** What rules and Secrets are matched by (util/git.NormalizeGitURL of the text as declared). */
  get key(): RepositoryKey {
    return this.#key
  }

  toJSON(): string {
    return this.shown
  }
}

function originOf(transport: RepositoryTransport, address: string): string | undefined {
  switch (transport) {
    case 'http':
    case 'https':
      return new URL(address).origin
    case 'oci':
      return /^oci:\/\/[^/]+/.exec(address)?.[0]
    // Argo CD and Helm write registries without a scheme.
    case 'none':
      return registryOrigin(address)
    case 'ssh': {
      const ssh = readSshAddress(address)
      return ssh && sshOrigin(ssh)
    }
    case 'file':
    case 'other':
      return undefined
    default:
      return transport satisfies never
  }
}

function registryOrigin(address: string): string | undefined {
  const [host = ''] = address.split('/')
  return /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::\d+)?$/i.test(host) ? `oci://${host.toLowerCase()}` : undefined
}

/** Whether two URLs name one repository to Argo CD (util/git.SameURL). What is no URL is compared as it is written. */
export function isSameRepository(one: RepositoryUrl, other: RepositoryUrl): boolean {
  return one.key === other.key && (one.key !== '' || one.address === other.address)
}

/** A URL that is read in two ways: nothing is done with it but to say so. */
export interface RefusedUrl {
  readonly shown: string
  /** Continues a sentence that begins with the URL. */
  readonly ambiguity: string
}

/**
 * The one reading of a URL from outside. What Go's net/url, in which permissions of Argo CD are decided, and the WHATWG parser, by which
 * it would be fetched here, read differently is refused; so is what servers read in their own ways.
 */
export function readRepositoryUrl(text: string): RepositoryUrl | RefusedUrl {
  const ambiguity = ambiguityOf(text)
  if (ambiguity !== undefined) return refused(text, ambiguity)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') return readHttp(text, scheme)
  if (scheme === 'file') return new RepositoryUrl('file', `file:${withoutEnd(text.slice('file:'.length))}`, text)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return readOther(text, transportOf(scheme))
  const scp = /^([\w.~+-]+)@([^/:@\s]+)([:/]\S.*)$/s.exec(text)
  if (scp === null) return new RepositoryUrl('none', withoutUserInfo(text), text)
  const [, user, host = '', path = ''] = scp
  if (!isPlainHost(host))
    return refused(text, 'its host: write a name in letters, digits, "-" and ".", or a whole address')
  const place = withoutEnd(path)
  if (place.length < 2) return new RepositoryUrl('none', withoutUserInfo(text), text)
  return new RepositoryUrl('ssh', `${user}@${host.toLowerCase()}${place}`, text)
}

/** @throws CodedError `GDE_NOT_PERMITTED` for one that is read in two ways */
export function requireRepositoryUrl(url: RepositoryUrl | RefusedUrl): RepositoryUrl {
  if (url instanceof RepositoryUrl) return url
  throw new CodedError('GDE_NOT_PERMITTED', `${url.shown} ${url.ambiguity}`, { repository: url.shown })
}

function refused(text: string, ambiguity: string): RefusedUrl {
  const shown = visibleText(withoutUserInfo(text.toWellFormed()))
  return { shown, ambiguity: `is refused, for not everybody reads it alike: ${ambiguity}` }
}

/** No server takes more, and no person reads it. */
const MOST_CHARACTERS = 4096

/** What readers and servers do not agree on, whatever the scheme. */
function ambiguityOf(text: string): string | undefined {
  if (text.length > MOST_CHARACTERS) return 'it is too long'
  if (!text.isWellFormed()) return 'it holds half a character'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]|%[01][0-9a-f]|%7f/i.test(text)) return 'it holds a control character'
  if (text !== text.trim() || /\s\/+$/.test(text)) return 'it begins or ends with a space'
  if (text.includes('\\')) return 'it holds a backslash, which some take for a slash'
  if (/%2f|%5c/i.test(text)) return 'it holds an encoded slash'
  if (/[?#]/.test(text)) return 'it holds "?" or "#"'
  const path = /^[a-z][a-z0-9+.-]*:|@/i.test(text) ? pathOf(text) : ''
  if (/(?:^|[/:])(?:\.|%2e){1,2}(?:\/|$)/i.test(path)) return 'it holds "." or ".." as a part of its path'
  return /\/{2,}[^/]/.test(path) ? 'it holds "//" in its path' : undefined
}

/** What follows the host; all of it where there is none. */
function pathOf(text: string): string {
  const after = /^[a-z][a-z0-9+.-]*:(.*)$/is.exec(text)?.[1] ?? text
  if (!after.startsWith('//')) return after
  const slash = after.indexOf('/', 2)
  return slash === -1 ? '' : after.slice(slash)
}

const DEFAULT_PORTS = { http: '80', https: '443' } as const

function readHttp(text: string, scheme: 'http' | 'https'): RepositoryUrl | RefusedUrl {
  const [go, web] = [readGoUrl(text), URL.parse(text)]
  if (web === null) return new RepositoryUrl('none', withoutUserInfo(text), text)
  if (go === undefined) return refused(text, 'it is a URL to some, and none to others')
  if (go.authority === undefined) return refused(text, `write ${scheme}://host/path`)
  const { host, userInfo } = go.authority
  if (userInfo?.includes('@')) return refused(text, 'it holds several "@"')
  if (!isPlainHost(host) || host.toLowerCase() !== web.hostname)
    return refused(text, 'its host: write a name in letters, digits, "-" and ".", or a whole address')
  const port = go.authority.port.slice(1) || DEFAULT_PORTS[scheme]
  if (port !== (web.port || DEFAULT_PORTS[scheme])) return refused(text, `its port is ${web.port} to some`)
  if ((go.path || '/') !== decodedBytes(web.pathname)) return refused(text, 'they find different paths in it')
  const origin = `${scheme}://${host.toLowerCase().replace(/\.$/, '')}${web.port === '' ? '' : `:${web.port}`}`
  return new RepositoryUrl(scheme, `${origin}${withoutEnd(plainEscapes(web.pathname))}`, text)
}

/** ssh, OCI and what nothing here reads: they are of use where a rule of the config gives them another address. */
function readOther(text: string, transport: RepositoryTransport): RepositoryUrl | RefusedUrl {
  const go = readGoUrl(text)
  if (go?.authority === undefined) return new RepositoryUrl('none', withoutUserInfo(text), text)
  const { host, port, userInfo } = go.authority
  if (userInfo?.includes('@')) return refused(text, 'it holds several "@"')
  if (host !== '' && !isPlainHost(host))
    return refused(text, 'its host: write a name in letters, digits, "-" and ".", or a whole address')
  const user = transport === 'ssh' && userInfo !== undefined ? `${userInfo.split(':')[0]}@` : ''
  const path = withoutEnd(plainEscapes(writtenPath(text)))
  return new RepositoryUrl(transport, `${go.scheme}://${user}${host.toLowerCase()}${port}${path}`, text)
}

function writtenPath(text: string): string {
  const start = text.indexOf('/', text.indexOf('://') + 3)
  return start === -1 ? '' : text.slice(start)
}

function transportOf(scheme: string | undefined): RepositoryTransport {
  switch (scheme) {
    case 'ssh':
    case 'git+ssh':
    case 'ssh+git':
      return 'ssh'
    case 'oci':
      return scheme
    default:
      return 'other'
  }
}

/** Names of DNS and addresses, without an empty part. */
function isPlainHost(host: string): boolean {
  return /^\[[0-9a-f:.]+\]$/i.test(host) || /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i.test(host)
}

/** Escapes of what needs none are taken away (RFC 3986, 6.2.2). */
function plainEscapes(path: string): string {
  return path.replaceAll(/%[0-9a-f]{2}/gi, (written) => {
    const character = String.fromCharCode(Number.parseInt(written.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : written.toUpperCase()
  })
}

function withoutEnd(path: string): string {
  return path.replace(/\/+$/, '')
}

/** Whether it is a pattern for many URLs; in the config no URL contains a star. */
export function isRepositoryPattern(url: string): boolean {
  return url.includes('*')
}

const HOST = String.raw`(?:[\w.~-]+|\[[\da-f:.]+\])(?::\d*)?`
const REGULAR = new RegExp(String.raw`^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#\\]*@)?(${HOST}(?:\/[^?#]*)?)(?:[?#].*)?$`, 'is')

/**
 * A URL without user name and password, for messages and labels, whatever is given as one; `git@` stays, which is nobody's name.
 * Of what is no regular URL everything up to the last `@` is left out.
 */
export function withoutUserInfo(url: string): string {
  if (url.length > MOST_CHARACTERS) return `a URL of ${url.length} characters`
  const regular = REGULAR.exec(url)
  if (regular !== null) return `${regular[1]}${regular[2]}`
  if (/^(?:file:\/(?!\/)|file:\/\/\/|git@[\w.-]+[:/][^@]*$)/i.test(url)) return url
  const start = /^(?:[a-z][a-z0-9+.-]*:(?=[/\\])|https?:|ssh:)?[/\\]*/i.exec(url)?.[0] ?? ''
  const rest = url.slice(start.length).replace(/^.*(?:@|%40|\uff20|\ufe6b)/is, '')
  const shown = rest.replace(/[?#].*$/s, '')
  // After a colon there is a port, or what should not be shown: only beside a scheme, for `host:path` is a spelling of ssh.
  return `${start}${start === '' ? shown : shown.replace(/^([^:/\\?#[\]]*):(?!\d*(?:[/\\?#]|$))[^/\\?#]*/, '$1')}`
}
