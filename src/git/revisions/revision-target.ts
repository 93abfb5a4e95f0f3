import { isObjectId } from '../objects/git-object.ts'
import type { Ref, RefList } from '../transport/remote.ts'
import { parseVersion } from './semver.ts'
import { highestTag, parseConstraint } from './semver-constraint.ts'

/** What a target revision names, as far as the list of refs shows. */
export type RevisionTarget =
  | { readonly kind: 'ref'; readonly name: string; readonly ref: Ref }
  | { readonly kind: 'commit'; readonly id: string }
  /** The first digits of a commit, which only the objects can complete. */
  | { readonly kind: 'prefix'; readonly digits: string }
  | { readonly kind: 'none' }

/** Argo CD takes seven digits and more for a commit. */
const COMMIT_PREFIX = /^[0-9a-f]{7,39}$/

/**
 * Reads a target revision in Argo CD's order: a full commit, a version range over the tags (an exact version is a name and no
 * range), a name, the first digits of a commit. Where branch and tag have the same name, the branch wins.
 * @param revision '' is HEAD
 */
export function revisionTarget(revision: string, list: RefList): RevisionTarget {
  const lower = revision.toLowerCase()
  if (isObjectId(lower)) return { kind: 'commit', id: lower }
  if (revision === '' || revision === 'HEAD') return headTarget(list)
  const name = taggedVersion(revision, list) ?? revision
  const full = name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`]
  for (const candidate of full) {
    const ref = list.refs.get(candidate)
    if (ref !== undefined) return { kind: 'ref', name: candidate, ref }
  }
  return COMMIT_PREFIX.test(lower) ? { kind: 'prefix', digits: lower } : { kind: 'none' }
}

function headTarget({ refs, headTarget: target }: RefList): RevisionTarget {
  const branch = target === undefined ? undefined : refs.get(target)
  if (target !== undefined && branch !== undefined) return { kind: 'ref', name: target, ref: branch }
  const head = refs.get('HEAD')
  return head === undefined ? { kind: 'none' } : { kind: 'ref', name: 'HEAD', ref: head }
}

function taggedVersion(revision: string, list: RefList): string | undefined {
  const constraint = parseVersion(revision) === undefined ? parseConstraint(revision) : undefined
  return constraint === undefined ? undefined : highestTag(constraint, tagNames(list))
}

function* tagNames({ refs }: RefList): Generator<string, void, undefined> {
  for (const name of refs.keys()) if (name.startsWith('refs/tags/')) yield name.slice('refs/tags/'.length)
}
