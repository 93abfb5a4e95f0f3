/**
 * A URL as Go's net/url reads it (1.26: Parse, String), in which Argo CD and Flux are written. test/model/golden has what Go itself
 * answers.
 */
export interface GoUrl {
  /** Lower case; '' without one. */
  readonly scheme: string
  /** Undefined where the scheme is not followed by a slash: all of it is opaque then. */
  readonly authority?: GoAuthority
  /** Decoded bytes as characters from 0 to 255. */
  readonly path: string
  readonly query?: string
  /** '' without one. */
  readonly fragment: string
  /** String(): percent-encoded anew where a character stands that may not. */
  readonly text: string
}

export interface GoAuthority {
  /** Before the last `@`, as written; undefined without one. */
  readonly userInfo?: string
  /** As written, IPv6 in brackets. */
  readonly host: string
  /** Digits, or ''. */
  readonly port: string
}

/** @returns undefined where Go refuses it */
export function readGoUrl(url: string): GoUrl | undefined {
  const [beforeFragment, fragment = ''] = cut(url, '#')
  if (hasControlCharacter(beforeFragment) || url.startsWith(':')) return undefined
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(beforeFragment)?.[1] ?? ''
  const [hierarchy, query] = cut(scheme === '' ? beforeFragment : beforeFragment.slice(scheme.length + 1), '?')
  const read = readHierarchy(hierarchy, scheme.toLowerCase())
  const anchor = encodedText(fragment, IN_FRAGMENT, UNESCAPED_IN_FRAGMENT)
  if (read === undefined || anchor === undefined) return undefined
  const start = scheme === '' ? '' : `${scheme.toLowerCase()}:`
  return {
    scheme: scheme.toLowerCase(),
    ...(read.authority !== undefined && { authority: read.authority }),
    path: read.path,
    ...(query !== undefined && { query }),
    fragment: anchor,
    text: `${start}${read.text}${query === undefined ? '' : `?${query}`}${anchor === '' ? '' : `#${anchor}`}`,
  }
}

type Hierarchy = Pick<GoUrl, 'authority' | 'path' | 'text'>

const NO_AUTHORITY: GoAuthority = { host: '', port: '' }

function readHierarchy(hierarchy: string, scheme: string): Hierarchy | undefined {
  // `mailto:a` is opaque; without a scheme, a colon before the first slash would be read as one.
  if (!hierarchy.startsWith('/')) {
    if (scheme !== '') return { path: '', text: hierarchy }
    if (hierarchy !== '*' && cut(hierarchy, '/')[0].includes(':')) return undefined
    return withPath(hierarchy, NO_AUTHORITY, '')
  }
  if (!hierarchy.startsWith('//') || (scheme === '' && hierarchy.startsWith('///')))
    return withPath(hierarchy, NO_AUTHORITY, '')
  const slash = hierarchy.indexOf('/', 2)
  const written = hierarchy.slice(2, slash === -1 ? undefined : slash)
  const authority = readAuthority(written, scheme)
  if (authority === undefined) return undefined
  const path = slash === -1 ? '' : hierarchy.slice(slash)
  return withPath(path, authority, written === '' && path === '' ? '' : `//${authorityText(authority)}`)
}

function withPath(path: string, authority: GoAuthority, before: string): Hierarchy | undefined {
  const text = encodedText(path, IN_PATH, UNESCAPED_IN_PATH)
  return text === undefined ? undefined : { authority, path: decodedBytes(path), text: `${before}${text}` }
}

function readAuthority(authority: string, scheme: string): GoAuthority | undefined {
  const at = authority.lastIndexOf('@')
  const host = readHost(authority.slice(at + 1), scheme)
  if (at === -1 || host === undefined) return host
  const userInfo = authority.slice(0, at)
  const isValid = !hasBrokenEscape(userInfo) && /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userInfo)
  return isValid ? { ...host, userInfo } : undefined
}

function authorityText({ userInfo, host, port }: GoAuthority): string {
  const name = `${encoded(host, /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/)}${port}`
  if (userInfo === undefined) return name
  const [user, password] = cut(userInfo, ':')
  return `${encoded(user, UNESCAPED_IN_USER)}${password === undefined ? '' : `:${encoded(password, UNESCAPED_IN_USER)}`}@${name}`
}

/**
 * Brackets hold an IPv6 address (Go takes one with a zone, which counts as refused here); one colon at most, before a port of
 * digits; what is not ASCII is encoded.
 */
function readHost(host: string, scheme: string): GoAuthority | undefined {
  const address = /^(\[[^\]]*\])(:\d*)?$/.exec(host)
  if (address !== null) {
    const [, name = '', port = ''] = address
    return URL.canParse(`http://${name}/`) ? { host: name, port } : undefined
  }
  if (host.includes('[') || hasBrokenEscape(host) || /%(?!25)[0-7]/.test(host)) return undefined
  if (!/^(?:[A-Za-z0-9\-_.~!$&'()*+,;=:\]<>"%]|[^\p{ASCII}])*$/u.test(host)) return undefined
  const isHttp = scheme === 'http' || scheme === 'https'
  const colon = isHttp ? host.indexOf(':') : host.lastIndexOf(':')
  if (colon === -1) return { host, port: '' }
  return /^:\d*$/.test(host.slice(colon)) ? { host: host.slice(0, colon), port: host.slice(colon) } : undefined
}

const UNESCAPED_IN_USER = /[A-Za-z0-9\-_.~$&+,;=]/
const IN_PATH = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]%/]*$/
const UNESCAPED_IN_PATH = /[A-Za-z0-9\-_.~$&+,/:;=@]/
const IN_FRAGMENT = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]%/?]*$/
const UNESCAPED_IN_FRAGMENT = /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/

/** As it is when all in it may stand there, else decoded and encoded again. */
function encodedText(text: string, valid: RegExp, unescaped: RegExp): string | undefined {
  if (hasBrokenEscape(text)) return undefined
  return valid.test(text) ? text : encoded(text, unescaped)
}

function encoded(text: string, unescaped: RegExp): string {
  return [...decodedBytes(text)].map((byte) => (unescaped.test(byte) ? byte : escaped(byte))).join('')
}

/** The bytes of a text without its escapes, as characters from 0 to 255. */
export function decodedBytes(text: string): string {
  const bytes = Buffer.from(text).toString('latin1')
  return bytes.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function escaped(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function hasBrokenEscape(text: string): boolean {
  return /%(?![0-9A-Fa-f]{2})/.test(text)
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f')
}

function cut(text: string, at: string): readonly [before: string, after: string | undefined] {
  const index = text.indexOf(at)
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)]
}
