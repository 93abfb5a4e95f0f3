import { type AddressPrefix, addressPrefix } from '../model/sources/address-start.ts'
import { RepositoryUrl, readRepositoryUrl, requireRepositoryUrl } from '../model/sources/repository-url.ts'
import type { ParseContext } from './parse-context.ts'

/** Stands where an issue was reported. */
const NO_URL = requireRepositoryUrl(readRepositoryUrl(''))

/** Checks a repository URL as apps and `repositories` name it. `file:` becomes absolute. */
export function readConfigUrl(text: string, pointer: string, context: ParseContext): RepositoryUrl {
  const url = readUrl(text, pointer, context)
  if (url?.transport === 'none')
    context.reportIssue(pointer, 'this is no URL: write https://…, or file:… for a local folder')
  if (url?.transport === 'other')
    context.reportIssue(pointer, 'repositories are read by https, http, ssh and file URLs only')
  return url ?? NO_URL
}

/** Checks a URL to fetch from: it must be one that can be fetched. */
export function readFetchUrl(text: string, pointer: string, context: ParseContext): RepositoryUrl {
  const url = readUrl(text, pointer, context)
  if (url !== undefined && !['http', 'https', 'ssh', 'file', 'oci'].includes(url.transport))
    context.reportIssue(pointer, 'must be an https, http, ssh, file or oci URL')
  return url ?? NO_URL
}

/** The same for the start of URLs: a slash at its end stays. */
export function readFetchPrefix(text: string, pointer: string, context: ParseContext): AddressPrefix {
  const { address } = readFetchUrl(text, pointer, context)
  return addressPrefix(text.endsWith('/') ? `${address}/` : address)
}

export function readProxyUrl(url: string, pointer: string, context: ParseContext): string {
  if (!/^https?:\/\//i.test(url)) context.reportIssue(pointer, 'must be an http or https URL')
  else readUrl(url, pointer, context)
  return url
}

/** @returns undefined when an issue was reported */
function readUrl(text: string, pointer: string, context: ParseContext): RepositoryUrl | undefined {
  const issue = /^file:/i.test(text) ? fileIssue(text) : httpIssue(text)
  const url = issue === undefined ? readRepositoryUrl(context.absoluteUrl(text)) : undefined
  if (url instanceof RepositoryUrl) return url
  context.reportIssue(pointer, issue ?? `this URL ${url?.ambiguity}`)
  return undefined
}

function fileIssue(text: string): string | undefined {
  if (/^file:\/\/[^/.]/i.test(text)) return 'a file URL names no host: write file:///… or file:./…'
  if (/%(?![0-9a-f]{2})/i.test(text)) return 'this is no valid URL: "%" must be followed by two hexadecimal digits'
  return undefined
}

function httpIssue(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined
  const parsed = URL.parse(text)
  if (parsed === null) return 'this is no valid URL'
  if (parsed.username === '' && parsed.password === '') return undefined
  return 'a URL must not hold a user name or password: use credentials with files'
}
