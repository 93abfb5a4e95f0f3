import { isIPv6 } from 'node:net'

/**
 * A URL after Go's url.Parse and String, or undefined where Go refuses it. Argo CD puts URLs, and patterns of URLs, through both
 * before it compares them, so that a pattern with `{a,b}` or `[ab]` in its host is none at all, and one with braces in its path
 * is percent-encoded, stars included.
 */
export function goUrlText(url: string): string | undefined {
  const [beforeFragment, fragment = ''] = cut(url, '#')
  if (hasControlCharacter(beforeFragment) || url.startsWith(':')) return undefined
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(beforeFragment)?.[1]
  const afterScheme = scheme === undefined ? beforeFragment : beforeFragment.slice(scheme.length + 1)
  const [hierarchy, query] = cut(afterScheme, '?')
  const encodedHierarchy = hierarchyText(hierarchy, scheme)
  const anchor = encodedText(fragment, IN_FRAGMENT, UNESCAPED_IN_FRAGMENT)
  if (encodedHierarchy === undefined || anchor === undefined) return undefined
  const start = scheme === undefined ? '' : `${scheme.toLowerCase()}:`
  return `${start}${encodedHierarchy}${query === undefined ? '' : `?${query}`}${anchor === '' ? '' : `#${anchor}`}`
}

function hierarchyText(hierarchy: string, scheme: string | undefined): string | undefined {
  // `mailto:a` is opaque; without a scheme, a colon before the first slash would be read as one.
  if (!hierarchy.startsWith('/')) {
    if (scheme !== undefined) return hierarchy
    return cut(hierarchy, '/')[0].includes(':') ? undefined : pathText(hierarchy)
  }
  if (!hierarchy.startsWith('//') || (scheme === undefined && hierarchy.startsWith('///'))) return pathText(hierarchy)
  const slash = hierarchy.indexOf('/', 2)
  const authority = authorityText(hierarchy.slice(2, slash === -1 ? undefined : slash))
  const path = pathText(slash === -1 ? '' : hierarchy.slice(slash))
  if (authority === undefined || path === undefined) return undefined
  return authority === '' && path === '' ? '' : `//${authority}${path}`
}

function authorityText(authority: string): string | undefined {
  const at = authority.lastIndexOf('@')
  const host = hostText(authority.slice(at + 1))
  if (at === -1 || host === undefined) return host
  const user = authority.slice(0, at)
  if (hasBrokenEscape(user) || !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) return undefined
  const [name, password] = cut(user, ':')
  return `${encoded(name, UNESCAPED_IN_USER)}${password === undefined ? '' : `:${encoded(password, UNESCAPED_IN_USER)}`}@${host}`
}

/** Brackets hold an IPv6 address; one colon at most, before a port of digits; what is not ASCII is encoded. */
function hostText(host: string): string | undefined {
  const address = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1]
  if (address !== undefined) return isIPv6(address) ? host : undefined
  if (host.includes('[') || hasBrokenEscape(host) || /%[0-7]/.test(host)) return undefined
  if (!/^(?:[A-Za-z0-9\-_.~!$&'()*+,;=:\]<>"%]|[^\p{ASCII}])*$/u.test(host)) return undefined
  if (host.includes(':') && !/^[^:]*:\d*$/.test(host)) return undefined
  return encoded(host, /[A-Za-z0-9\-_.~!$&'()*+,;=:\]<>"]/)
}

const UNESCAPED_IN_USER = /[A-Za-z0-9\-_.~$&+,;=]/
const IN_PATH = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]%/]*$/
const UNESCAPED_IN_PATH = /[A-Za-z0-9\-_.~$&+,/:;=@]/
const IN_FRAGMENT = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]%/?]*$/
const UNESCAPED_IN_FRAGMENT = /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/

function pathText(path: string): string | undefined {
  return encodedText(path, IN_PATH, UNESCAPED_IN_PATH)
}

/** As it is when all in it may stand there, else decoded and encoded again. */
function encodedText(text: string, valid: RegExp, informers: RegExp): string | undefined {
  if (hasBrokenEscape(text)) return undefined
  return valid.test(text) ? text : encoded(text, informers)
}

function encoded(text: string, informers: RegExp): string {
  // Bytes as characters, so that an escape is one of them.
  const bytes = Buffer.from(text).toString('latin1')
  const decoded = bytes.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return [...decoded].map((byte) => (informers.test(byte) ? byte : escaped(byte))).join('')
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
