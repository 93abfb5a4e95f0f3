import { CodedError } from '../../model/failure.ts'
import type { CommitRange, CommitsBetween, FirstParentCommit, Revision } from '../../model/sources/git.ts'
import { type FoundCommit, findCommits, peelToCommit, readCommit } from '../objects/commit-graph.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { createTreeLister } from '../objects/tree-reader.ts'
import type { Ref, RefList } from '../transport/remote.ts'
import { ReadPaths } from './read-paths.ts'
import { type RevisionTarget, revisionTarget } from './revision-target.ts'

/** Where commits come from: a mirror fetches missing ones, a local repository only reads what is there. */
export interface ObjectSource {
  readonly gitDirectory: string
  readonly objects: ObjectStore
  list(signal: AbortSignal): Promise<RefList>
  /** Lists refs again, including this one if the repository has it. */
  newerList(name: string, signal: AbortSignal): Promise<RefList>
  /**
   * Makes sure that a commit is here with its files, where the source can fetch.
   * @param key name of the ref that leads to it, or `commit:` and its ID
   * @throws CodedError `GDE_GIT_REVISION` when the server does not give it
   */
  obtain(key: string, commit: string, signal: AbortSignal): Promise<void>
  /** Makes sure that this many commits of history are here; `all` is the complete history. */
  deepen(commits: readonly string[], depth: number | 'all', signal: AbortSignal): Promise<void>
}

/**
 * Only valid ref names are sent: a server may refuse the whole listing for one that is not, which would fail all apps.
 */
const REF_NAME = /^refs\/[^\p{Cc} ~^:?*[\\]{1,250}$/u

/** @throws CodedError `GDE_GIT_REVISION` when nothing has that name, and what getting the objects throws */
export async function resolveRevision(revision: string, source: ObjectSource, signal: AbortSignal): Promise<Revision> {
  const list = await source.list(signal)
  const commit = await commitOf(revision, revisionTarget(revision, list), list, source, signal)
  return {
    commit: commit.id,
    commitTime: commit.time,
    author: commit.author,
    subject: commit.subject,
    tree: { gitDirectory: source.gitDirectory, commit: commit.id, tree: commit.tree },
  }
}

async function commitOf(
  revision: string,
  target: RevisionTarget,
  list: RefList,
  source: ObjectSource,
  signal: AbortSignal,
): Promise<FoundCommit> {
  switch (target.kind) {
    case 'ref':
      return obtainRef(revision, target, source, signal)
    case 'commit':
      return obtainCommit(target.id, list, source, signal)
    case 'prefix':
      return completePrefix(target.digits, list, source, signal)
    case 'none': {
      // Refs that are neither branch nor tag (`refs/pull/1/head`) are listed only when requested.
      const found = REF_NAME.test(revision) ? await source.newerList(revision, signal) : list
      const ref = found.refs.get(revision)
      if (ref !== undefined) return obtainRef(revision, { name: revision, ref }, source, signal)
      const message = list.refs.size === 0 ? 'the repository is empty' : `there is no branch or tag ${revision}`
      throw new CodedError('GDE_GIT_REVISION', message)
    }
    default:
      return target satisfies never
  }
}

async function obtainRef(
  revision: string,
  named: { readonly name: string; readonly ref: Ref },
  source: ObjectSource,
  signal: AbortSignal,
): Promise<FoundCommit> {
  try {
    return await obtainListed(named.name, named.ref, source, signal)
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.code !== 'GDE_GIT_REVISION') throw error
    // The ref moved between listing and fetching, and the server no longer serves its old commit.
    const target = revisionTarget(revision, await source.newerList(named.name, signal))
    if (target.kind !== 'ref' || target.ref.id === named.ref.id) throw error
    return obtainListed(target.name, target.ref, source, signal)
  }
}

async function obtainListed(name: string, ref: Ref, source: ObjectSource, signal: AbortSignal): Promise<FoundCommit> {
  const id = ref.peeled ?? ref.id
  await source.obtain(name, id, signal)
  const commit = peelToCommit(source.objects, id)
  if (commit === undefined) throw new CodedError('GDE_GIT_DAMAGED', `commit ${id} of ${name} is missing`)
  return commit
}

async function obtainCommit(
  id: string,
  list: RefList,
  source: ObjectSource,
  signal: AbortSignal,
): Promise<FoundCommit> {
  const here = peelToCommit(source.objects, id)
  if (here !== undefined) {
    await source.obtain(`commit:${here.id}`, here.id, signal)
    return here
  }
  try {
    await source.obtain(`commit:${id}`, id, signal)
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.code !== 'GDE_GIT_REVISION') throw error
    // Servers without protocol 2 serve only commits that a ref points to: fetch the history of all refs to find it.
    await source.deepen(tips(list), 'all', signal)
  }
  const commit = peelToCommit(source.objects, id)
  if (commit === undefined) throw new CodedError('GDE_GIT_REVISION', `there is no commit ${id}`)
  return commit
}

async function completePrefix(
  digits: string,
  list: RefList,
  source: ObjectSource,
  signal: AbortSignal,
): Promise<FoundCommit> {
  const near = new Set([...tips(list).filter((id) => id.startsWith(digits)), ...commitsStartingWith(digits, source)])
  const [first, second] = near.size > 0 ? near : await commitsInHistory(digits, list, source, signal)
  if (first === undefined) throw new CodedError('GDE_GIT_REVISION', `there is no branch, tag or commit ${digits}`)
  if (second !== undefined) throw new CodedError('GDE_GIT_REVISION', `${digits} begins more than one commit`)
  return obtainCommit(first, list, source, signal)
}

async function commitsInHistory(
  digits: string,
  list: RefList,
  source: ObjectSource,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await source.deepen(tips(list), 'all', signal)
  return commitsStartingWith(digits, source)
}

function commitsStartingWith(digits: string, { objects }: ObjectSource): readonly string[] {
  return objects.startingWith(digits, 16).filter((id) => objects.read(id, 8 << 20)?.type === 'commit')
}

function tips({ refs }: RefList): readonly string[] {
  return [...new Set([...refs.values()].map((ref) => ref.peeled ?? ref.id))]
}

/** Most commits of history that are followed. */
export const MOST_COMMITS = 1000
const DEEPENING = [50, 250, MOST_COMMITS + 1]

/** Those of `CommitRange` that count; undefined above 1,000 between, or when the repository does not have them. */
export async function commitsBetween(
  { from, to, reads }: CommitRange,
  source: ObjectSource,
  signal: AbortSignal,
): Promise<CommitsBetween | undefined> {
  if (from === to) return { count: 0 }
  for (const depth of [0, ...DEEPENING]) {
    if (depth > 0) await source.deepen([to], depth, signal)
    const found = findCommits(source.objects, { from, to }, MOST_COMMITS, touching(reads, source.objects))
    if (found === 'more' || found === 'unknown') return undefined
    if (found !== 'incomplete') return summarize(found)
  }
  return undefined
}

function summarize(commits: readonly FoundCommit[]): CommitsBetween {
  const [first] = commits
  if (first === undefined) return { count: 0 }
  const { id, subject } = commits.reduce((newest, one) => (one.time > newest.time ? one : newest), first)
  return { count: commits.length, newest: { commit: id, ...(subject !== '' && { subject }) } }
}

/** A merge touches what it has otherwise than all that it merges, as `git log` with paths shows it. */
function touching(reads: CommitRange['reads'], objects: ObjectStore) {
  if (reads === undefined) return () => true
  const paths = new ReadPaths(reads, createTreeLister(objects))
  return (commit: FoundCommit, parents: readonly FoundCommit[]): boolean =>
    parents.length === 0
      ? paths.differ(undefined, commit.tree)
      : parents.every(({ tree }) => paths.differ(tree, commit.tree))
}

/**
 * A commit and those before it along first parents, newest first, down to the first that is older than `time` (committer time, Unix
 * seconds), or the last that the repository has or that is looked at: 1,000.
 */
export async function commitsSince(
  commit: string,
  time: number,
  source: ObjectSource,
  signal: AbortSignal,
): Promise<readonly FirstParentCommit[]> {
  let line: FirstParents = { commits: [], isWhole: false }
  for (const depth of [0, ...DEEPENING]) {
    if (depth > 0) await source.deepen([commit], depth, signal)
    line = firstParents(source.objects, commit, time)
    if (line.isWhole) break
  }
  return line.commits
}

interface FirstParents {
  readonly commits: readonly FirstParentCommit[]
  /** The history was read as far as asked for; false when it ends early because commits are missing here. */
  readonly isWhole: boolean
}

function firstParents(objects: ObjectStore, from: string, time: number): FirstParents {
  const commits: FirstParentCommit[] = []
  let next: string | undefined = from
  while (next !== undefined && commits.length < MOST_COMMITS) {
    const commit = readCommit(objects, next)
    if (commit === undefined) return { commits, isWhole: false }
    commits.push({ commit: commit.id, time: commit.time })
    if (commit.time < time) break
    next = commit.parents[0]
  }
  return { commits, isWhole: true }
}
