/** Where an SSH URL leads. */
export interface SshAddress {
  readonly user: string
  /** Lower case; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** What `git-upload-pack` is told: absolute, from the home directory (`~…`), or relative to what the server thinks. */
  readonly path: string
}

export const SSH_PORT = 22
/** As Flux and the servers of all forges have it. */
const USUAL_USER = 'git'

const URL_FORM = /^(?:git\+)?ssh(?:\+git)?:\/\/(?:([^/@]*)@)?(\[[\da-f:.]+\]|[^/:[\]]+)(?::(\d*))?(\/.*)?$/is
const SCP_FORM = /^([\w.~+-]+)@([^/:@\s]+)[:/](\S.*)$/s

/**
 * Reads an address of a repository that is read over SSH, in the ways of Git: `ssh://[user@]host[:port]/path`, percent-encoded, whose
 * path is absolute unless it begins with `~`; `user@host:path`, as written, which may be relative; and `user@host/path`, which Argo CD
 * takes for the same.
 * @returns undefined for anything else
 */
export function readSshAddress(address: string): SshAddress | undefined {
  const url = URL_FORM.exec(address)
  if (url !== null) {
    const [, user, host = '', port = '', path = ''] = url
    const decoded = percentDecoded(path)
    const number = port === '' ? SSH_PORT : Number(port)
    const isPort = number >= 1 && number <= 65_535
    // A program would read it as an option.
    if (decoded === undefined || decoded === '' || decoded.startsWith('-') || !isPort) return undefined
    return {
      user: (user === undefined ? undefined : percentDecoded(user.split(':')[0] ?? '')) || USUAL_USER,
      host: host.replace(/^\[(.*)\]$/, '$1').toLowerCase(),
      port: number,
      path: decoded.replace(/^\/(?=~)/, ''),
    }
  }
  const scp = SCP_FORM.exec(address)
  if (scp === null || scp[3]?.startsWith('-') === true) return undefined
  const [, user = USUAL_USER, host = '', path = ''] = scp
  return { user, host: host.toLowerCase(), port: SSH_PORT, path }
}

/** User, host and port as one text: what SSH credentials belong to. */
export function sshOrigin({ user, host, port }: SshAddress): string {
  return `ssh://${user}@${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** An SSH address in the one form that prefixes are compared in: `ssh://user@host[:port]/path`; anything else as it is. */
export function sshUrlForm(address: string): string {
  const scp = /^([\w.~+-]+@[^/:@\s]+)[:/](.*)$/s.exec(address)
  if (scp !== null) return `ssh://${scp[1]}/${scp[2]?.replace(/^\//, '')}`
  return address.replace(/^(?:git\+ssh|ssh\+git):\/\//, 'ssh://').replace(/^(ssh:\/\/[^/]*):22(?=\/|$)/, '$1')
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
