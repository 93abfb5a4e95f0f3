/**
 * A repository URL as the `repo` label shows it, so that the spellings of one repository share a series: host in lower case,
 * no user info, query, fragment, trailing '/' or `.git`; `git@host:path` becomes `ssh://host/path`.
 */
export function repositoryLabel(url: string): string {
  const scp = /^(?!file:)(?:[^@/:]+@)?([^/:]+):(?!\/\/)(.*)$/.exec(url)
  const text = scp === null ? url : `ssh://${scp[1]}/${scp[2]?.replace(/^\/+/, '')}`
  const parts = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?#]*)([^?#]*)/.exec(text)
  if (parts === null) return withoutEnd(text.replace(/[?#].*$/s, ''))
  const [, scheme = '', authority = '', path = ''] = parts
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase()
  return withoutEnd(`${scheme.toLowerCase()}://${host}${path}`)
}

function withoutEnd(url: string): string {
  return url.replace(/\/+$/, '').replace(/\.git$/, '')
}

/** The same as Argo CD's metrics spell it: all lower case, `ssh://` left out. */
export function argocdRepositoryLabel(url: string): string {
  return repositoryLabel(url)
    .toLowerCase()
    .replace(/^ssh:\/\//, '')
}
