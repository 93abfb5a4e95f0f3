/** How a repository URL says to read it. `git@host:path` and `git@host/path` are ssh. */
export type RepositoryTransport = 'http' | 'https' | 'file' | 'ssh' | 'oci' | 'other'

/** The transport, or undefined when the text is no URL at all. */
export function repositoryTransport(url: string): RepositoryTransport | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  if (scheme === 'file') return 'file'
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    switch (scheme) {
      case 'http':
      case 'https':
      case 'ssh':
      case 'oci':
        return scheme
      case 'git+ssh':
      case 'ssh+git':
        return 'ssh'
      default:
        return 'other'
    }
  }
  return /^[^/:\s]+@[^/:\s]+[:/]\S/.test(url) ? 'ssh' : undefined
}

/** Equal for URLs that name the same repository: host in lower case, without `.git` and a slash at the end. */
export function sameRepositoryKey(url: string): string {
  const trimmed = url.replace(/\/+$/, '').replace(/\.git$/, '')
  return trimmed.replace(/^([a-z][a-z0-9+.-]*:\/\/)([^/]*)/i, (origin) => origin.toLowerCase())
}

/** Whether it is a pattern for many URLs; no URL contains a star. */
export function isRepositoryPattern(url: string): boolean {
  return url.includes('*')
}

/** The URL without user name and password: for messages and labels. */
export function withoutUserInfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
}
