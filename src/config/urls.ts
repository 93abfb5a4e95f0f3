import { repositoryTransport } from '../model/repository-url.ts'
import type { Reading } from './reading.ts'

/** Checks a repository URL as apps and `repositories` name it. Returns it with `file:` made absolute. */
export function readRepositoryUrl(url: string, pointer: string, reading: Reading): string {
  const transport = repositoryTransport(url)
  if (transport === undefined) {
    reading.complain(pointer, 'this is no URL: write https://…, or file:… for a local folder')
    return url
  }
  if (transport === 'other') reading.complain(pointer, 'repositories are read by https, http and file URLs only')
  return checked(url, transport === 'http' || transport === 'https', pointer, reading)
}

/** Checks a URL to fetch from: it must be one that can be fetched. */
export function readFetchUrl(url: string, pointer: string, reading: Reading): string {
  const transport = repositoryTransport(url)
  if (transport !== 'http' && transport !== 'https' && transport !== 'file') {
    reading.complain(pointer, 'must be an https, http or file URL')
    return url
  }
  return checked(url, transport !== 'file', pointer, reading)
}

export function readProxyUrl(url: string, pointer: string, reading: Reading): string {
  if (!/^https?:\/\//i.test(url)) {
    reading.complain(pointer, 'must be an http or https URL')
    return url
  }
  return checked(url, true, pointer, reading)
}

function checked(url: string, http: boolean, pointer: string, reading: Reading): string {
  if (http) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed === undefined) reading.complain(pointer, 'this is no valid URL')
    else if (parsed.username !== '' || parsed.password !== '')
      reading.complain(pointer, 'a URL must not hold a user name or password: use credentials with files')
    return url
  }
  if (!/^file:/i.test(url)) return url
  if (/^file:\/\/[^/.]/i.test(url)) {
    reading.complain(pointer, 'a file URL names no host: write file:///… or file:./…')
    return url
  }
  if (/%(?![0-9a-f]{2})/i.test(url)) {
    reading.complain(pointer, 'this is no valid URL: "%" must be followed by two hexadecimal digits')
    return url
  }
  return reading.absoluteUrl(url)
}
