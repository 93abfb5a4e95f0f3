import { damage } from '../git-failure.ts'

export interface Commit {
  readonly tree: string
  readonly parents: readonly string[]
  /** Committer time, Unix seconds. */
  readonly time: number
  /** Who wrote it, by name alone; '' where the commit does not say. */
  readonly author: string
  /** First paragraph of its message, in one line; '' where it has none. */
  readonly subject: string
}

const OBJECT_LINE = /^(?:tree|parent|object) ([0-9a-f]{40})$/
/** Names may hold anything, digits too: the time is what stands behind the last '>'. */
const AUTHOR_LINE = /^author ([^<]*)</
const MOST_AUTHOR_LETTERS = 100
const MOST_SUBJECT_LETTERS = 200
/** Bytes of a message of which the subject is looked for. */
const MOST_MESSAGE_BYTES = 4096
const COMMITTER_LINE = /^committer .*> (-?\d{1,15}) [+-]\d+$/

/** @throws CodedError `GDE_GIT_DAMAGED` */
export function parseCommit(data: Uint8Array): Commit {
  const lines = headerLines(data)
  const [tree] = readIds(lines, 'tree')
  if (tree === undefined) throw damage('a commit has no tree')
  const time = lines.map((line) => COMMITTER_LINE.exec(line)?.[1]).find((value) => value !== undefined)
  const author = lines.map((line) => AUTHOR_LINE.exec(line)?.[1]).find((value) => value !== undefined)
  return {
    tree,
    parents: readIds(lines, 'parent'),
    time: Number(time ?? 0),
    author: (author ?? '').trim().slice(0, MOST_AUTHOR_LETTERS).toWellFormed(),
    subject: subjectOf(data),
  }
}

/** What an annotated tag points at. @throws CodedError `GDE_GIT_DAMAGED` */
export function parseTagTarget(data: Uint8Array): string {
  const [target] = readIds(headerLines(data), 'object')
  if (target === undefined) throw damage('a tag points at nothing')
  return target
}

/** As `git log --format=%s` has it: lines up to the first empty one, joined by spaces (https://git-scm.com/docs/git-commit, "Discussion"). */
function subjectOf(data: Uint8Array): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const end = bytes.indexOf('\n\n')
  if (end < 0) return ''
  const [paragraph = ''] = bytes
    .toString('utf8', end + 2, end + 2 + MOST_MESSAGE_BYTES)
    .replace(/^\s+/, '')
    .split(/\n[ \t\r]*\n/)
  return paragraph.replace(/\s+/g, ' ').trim().slice(0, MOST_SUBJECT_LETTERS).toWellFormed()
}

function headerLines(data: Uint8Array): readonly string[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const end = bytes.indexOf('\n\n')
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end).split('\n')
}

function readIds(lines: readonly string[], name: string): readonly string[] {
  return lines
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => OBJECT_LINE.exec(line)?.[1])
    .filter((id) => id !== undefined)
}
