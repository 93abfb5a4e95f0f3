import { RepositoryUrl, readRepositoryUrl } from '../../model/sources/repository-url.ts'

/** Pages of a repository at the server that has it, by its path there. */
interface RepositoryPages {
  readonly commit: (commit: string) => string
  readonly compare: (from: string, to: string) => string
  /** @param path percent-encoded */
  readonly file: (commit: string, path: string, line: number | undefined) => string
}

const lineAnchor = (start: string, line: number | undefined): string => (line === undefined ? '' : `#${start}${line}`)

const GITEA: RepositoryPages = {
  commit: (commit) => `commit/${commit}`,
  compare: (from, to) => `compare/${from}...${to}`,
  file: (commit, path, line) => `src/commit/${commit}/${path}${lineAnchor('L', line)}`,
}

/** Servers that are known at sight; for others the config has templates. */
const SERVERS: ReadonlyMap<string, RepositoryPages> = new Map([
  [
    'github.com',
    {
      commit: (commit) => `commit/${commit}`,
      compare: (from, to) => `compare/${from}...${to}`,
      file: (commit, path, line) => `blob/${commit}/${path}${lineAnchor('L', line)}`,
    },
  ],
  [
    'gitlab.com',
    {
      commit: (commit) => `-/commit/${commit}`,
      compare: (from, to) => `-/compare/${from}...${to}`,
      file: (commit, path, line) => `-/blob/${commit}/${path}${lineAnchor('L', line)}`,
    },
  ],
  [
    'bitbucket.org',
    {
      commit: (commit) => `commits/${commit}`,
      // The newer one comes first there.
      compare: (from, to) => `branches/compare/${to}%0D${from}`,
      file: (commit, path, line) => `src/${commit}/${path}${lineAnchor('lines-', line)}`,
    },
  ],
  ['codeberg.org', GITEA],
])

export interface RepositoryPlace {
  readonly host: string
  /** Without `.git` and slashes around it. */
  readonly path: string
}

/** Host and path of a repository that is read by http(s) or ssh; undefined for others. */
export function repositoryPlace(url: string): RepositoryPlace | undefined {
  const read = readRepositoryUrl(url)
  if (!(read instanceof RepositoryUrl) || !['http', 'https', 'ssh'].includes(read.transport)) return undefined
  const [, host, path] = /^(?:https?:\/\/|[^@/]*@)?([^/@]+)\/+(.+)$/.exec(read.name) ?? []
  return host === undefined || path === undefined ? undefined : { host, path: decoded(path) }
}

/** What is no text in UTF-8 becomes a character that stands for it, and is nobody's path. */
function decoded(path: string): string {
  return new URLSearchParams(`path=${path.replaceAll('+', '%2B').replaceAll('&', '%26')}`).get('path') ?? ''
}

/** The URL of a commit at a server that is known; undefined for others, and for what is no commit. */
export function commitUrl(repository: string, commit: string): string | undefined {
  return pageUrl(repository, [commit], (pages) => pages.commit(commit))
}

/** What changed from one commit to another. */
export function compareUrl(repository: string, from: string, to: string): string | undefined {
  return from === to ? undefined : pageUrl(repository, [from, to], (pages) => pages.compare(from, to))
}

export function fileUrl(
  repository: string,
  commit: string,
  { file, line }: { readonly file: string; readonly line?: number | undefined },
): string | undefined {
  const path = encodePath(file)
  return path && pageUrl(repository, [commit], (pages) => pages.file(commit, path, line))
}

function pageUrl(
  repository: string,
  commits: readonly string[],
  make: (pages: RepositoryPages) => string,
): string | undefined {
  const place = repositoryPlace(repository)
  const pages = place && SERVERS.get(place.host)
  const path = place && encodePath(place.path)
  if (pages === undefined || path === undefined || !commits.every((commit) => COMMIT.test(commit))) return undefined
  return `https://${place?.host}/${path}/${make(pages)}`
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** Each step percent-encoded; undefined where a step would lead elsewhere. */
export function encodePath(path: string): string | undefined {
  const steps = path.split('/')
  // Browsers resolve them, encoded or not.
  if (steps.some((step) => step === '.' || step === '..')) return undefined
  return steps.map((step) => encodeURIComponent(step.toWellFormed())).join('/')
}
