import { readGoUrl } from './go-url.ts'

/** What Argo CD compares repository URLs by. It may hold user info as it is written: it is for comparing, never for people. */
export type RepositoryKey = string & { readonly __brand: 'RepositoryKey' }

/** Argo CD's: user, '@', host, without a scheme or with `ssh://`. */
const SSH_URL = /^(?:ssh:\/\/)?[^/:]*?@[^@]+$/

/**
 * A repository URL as Argo CD compares it (util/git.NormalizeGitURL): lower case, without `.git`; `git@host:path` and
 * `ssh://git@host/path` are the same. Also for patterns of AppProjects, whose wildcards stay: they go through Go's reading too, so
 * that a pattern with `{a,b}` or `[ab]` in its host is none at all, and one with braces in its path is percent-encoded, stars included.
 * @returns '' for what Go does not take for a URL
 */
export function normalizeGitUrl(url: string): RepositoryKey {
  let normalized = url.trim().toLowerCase()
  if (SSH_URL.test(normalized) && !normalized.startsWith('ssh://')) normalized = `ssh://${normalized.replace(':', '/')}`
  return (readGoUrl(normalized.replace(/\.git$/, ''))?.text ?? '').replace(/^ssh:\/\//, '') as RepositoryKey
}
