import type { Failure } from '../../model/failure.ts'
import type { NamespacePatterns } from './namespace-patterns.ts'

/** Namespaces to be watched. */
export interface WatchedNamespaces {
  /** Each by itself, or the whole cluster at once. */
  readonly watched: readonly string[] | 'all'
  readonly includes: (namespace: string) => boolean
  /** Why some namespaces may be missing. */
  readonly failure: Failure | undefined
}

/** Characters that make a pattern match more than one name. */
const SPECIAL = /[*?[\]{}!\\/]/

/**
 * @param names as the config file has them; `*` is every one
 * @param patterns as Argo CD has them: globs, or regular expressions between slashes
 */
export function watchedNamespaces(
  names: readonly string[],
  patterns: readonly string[],
  namespacePatterns: NamespacePatterns,
): WatchedNamespaces {
  if (names.includes('*')) return { watched: 'all', includes: () => true, failure: undefined }
  const plain = patterns.filter((pattern) => !SPECIAL.test(pattern))
  const known = new Set([...names, ...plain])
  const includes = (namespace: string): boolean =>
    known.has(namespace) || namespacePatterns.match(patterns, namespace).type === 'match'
  return {
    watched: plain.length === patterns.length ? [...known] : 'all',
    includes,
    get failure() {
      return namespacePatterns.failureOf(patterns)
    },
  }
}
