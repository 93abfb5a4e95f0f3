import { repositoryTransport } from '../model/sources/repository-url.ts'
import type { ParseContext } from './parse-context.ts'

/** Checks a repository URL as apps and `repositories` name it. Returns it with `file:` made absolute. */
export function readRepositoryUrl(url: string, pointer: string, context: ParseContext): string {
  const transport = repositoryTransport(url)
  if (transport === undefined) {
    context.reportIssue(pointer, 'this is no URL: write https://…, or file:… for a local folder')
    return url
  }
  if (transport === 'other') context.reportIssue(pointer, 'repositories are read by https, http and file URLs only')
  return checkUrl(url, transport === 'http' || transport === 'https', pointer, context)
}

/** Checks a URL to fetch from: it must be one that can be fetched. */
export function readFetchUrl(url: string, pointer: string, context: ParseContext): string {
  const transport = repositoryTransport(url)
  if (transport !== 'http' && transport !== 'https' && transport !== 'file') {
    context.reportIssue(pointer, 'must be an https, http or file URL')
    return url
  }
  return checkUrl(url, transport !== 'file', pointer, context)
}

export function readProxyUrl(url: string, pointer: string, context: ParseContext): string {
  if (!/^https?:\/\//i.test(url)) {
    context.reportIssue(pointer, 'must be an http or https URL')
    return url
  }
  return checkUrl(url, true, pointer, context)
}

function checkUrl(url: string, http: boolean, pointer: string, context: ParseContext): string {
  if (http) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed === undefined) context.reportIssue(pointer, 'this is no valid URL')
    else if (parsed.username !== '' || parsed.password !== '')
      context.reportIssue(pointer, 'a URL must not hold a user name or password: use credentials with files')
    return url
  }
  if (!/^file:/i.test(url)) return url
  if (/^file:\/\/[^/.]/i.test(url)) {
    context.reportIssue(pointer, 'a file URL names no host: write file:///… or file:./…')
    return url
  }
  if (/%(?![0-9a-f]{2})/i.test(url)) {
    context.reportIssue(pointer, 'this is no valid URL: "%" must be followed by two hexadecimal digits')
    return url
  }
  return context.absoluteUrl(url)
}
