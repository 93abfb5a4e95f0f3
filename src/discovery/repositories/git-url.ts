import { goUrlText } from './go-url.ts'

/** Argo CD's: user, '@', host, without a scheme or with `ssh://`. */
const SSH_URL = /^(?:ssh:\/\/)?[^/:]*?@[^@]+$/

/**
 * A repository URL as Argo CD compares it (util/git.NormalizeGitURL): lower case, without `.git`; `git@host:path` and
 * `ssh://git@host/path` are the same. Also for patterns of AppProjects, whose wildcards stay.
 * @returns '' for what Go does not take for a URL
 */
export function normalizeGitUrl(url: string): string {
  let normalized = url.trim().toLowerCase()
  if (SSH_URL.test(normalized) && !normalized.startsWith('ssh://')) normalized = `ssh://${normalized.replace(':', '/')}`
  return (goUrlText(normalized.replace(/\.git$/, '')) ?? '').replace(/^ssh:\/\//, '')
}

/** Whether two URLs name one repository to Argo CD (util/git.SameURL). What is no URL is compared as it is written. */
export function isSameGitUrl(one: string, other: string): boolean {
  const name = normalizeGitUrl(one) || one
  return name !== '' && name === (normalizeGitUrl(other) || other)
}

/** Scheme, host and port of an http(s) URL, which credentials belong to; undefined for other URLs. */
export function httpOrigin(url: string): string | undefined {
  if (!/^https?:\/\//i.test(url.trim())) return undefined
  return URL.canParse(url.trim()) ? new URL(url.trim()).origin : undefined
}
