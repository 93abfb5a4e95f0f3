/**
 * Host and path of a repository's URL, in which all its spellings are alike: as Argo CD matches a payload to repositories (util/webhook.GetWebURLRegex),
 * scheme, user, port, `.git`, letter case and the `ssh.` or `altssh.` before the host do not count, and a colon after the host is a slash.
 * @returns undefined for what names no host and path
 */
export function comparableUrl(url: string): string | undefined {
  const plain = url
    .trim()
    .toLowerCase()
    .replace(/^(?:https?|ssh):\/\//, '')
  const [, host, path] = /^(?:[^/@\s]*@)?([^/:@\s]+)(?::\d+(?=\/))?[:/]+([^\s?#]+)$/.exec(plain) ?? []
  if (host === undefined || path === undefined) return undefined
  const bare = path.replace(/\/+$/, '').replace(/\.git$/, '')
  return bare === '' ? undefined : `${host.replace(/^(?:alt)?ssh\./, '')}/${bare}`
}
