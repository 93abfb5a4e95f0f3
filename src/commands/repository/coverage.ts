import { urlMatches } from '../../discovery/repositories/trusted-url.ts'
import type { Failure } from '../../model/failure.ts'
import { RepositoryUrl, readRepositoryUrl } from '../../model/sources/repository-url.ts'
import { visibleText } from '../../model/visible-text.ts'
import { EXIT, type ExitCode } from '../cli/command.ts'

/** What became of one app, or of one ApplicationSet or file whose apps are not known. */
export type Outcome =
  | { readonly type: 'computed' }
  /** A repository alone cannot answer it; `needs` is what would. */
  | { readonly type: 'needs'; readonly needs: string; readonly failure: Failure }
  | { readonly type: 'failed'; readonly failure: Failure }

/** @param allowed globs of the repositories that may be read */
export function outcomeOf(failure: Failure | undefined, allowed: readonly string[]): Outcome {
  if (failure === undefined) return { type: 'computed' }
  const needs = needsOf(failure, allowed)
  return needs === undefined ? { type: 'failed', failure } : { type: 'needs', needs, failure }
}

function needsOf({ code, repository }: Failure, allowed: readonly string[]): string | undefined {
  if (code.startsWith('GDE_CLUSTER_')) return 'a cluster'
  if (code === 'GDE_FLUX_CLUSTER_REFERENCE' || code === 'GDE_FLUX_ARTIFACT') return 'what only a cluster has'
  if (code === 'GDE_APPSET_NOT_COMPUTABLE') return 'the answers of a server to a generator'
  if (code === 'GDE_DECRYPTION_KEY') return 'a key of decryption.keys'
  if (code.startsWith('GDE_UNSUPPORTED_')) return `what is not supported (${code})`
  if (repository === undefined) return undefined
  const url = readRepositoryUrl(repository)
  if (!(url instanceof RepositoryUrl)) return undefined
  if (code === 'GDE_GIT_AUTH' || code === 'GDE_SOURCE_AUTH') return `credentials for ${visibleText(url.shown)}`
  // Of those that may be read it was a project that forbade it.
  const isElsewhere = code === 'GDE_NOT_PERMITTED' && allowed.length > 0 && !urlMatches(url, allowed)
  return isElsewhere ? visibleText(url.shown) : undefined
}

/** Such as `97 % computed (123 of 127); 3 need a cluster, 1 failed`. */
export function coverageText(outcomes: readonly Outcome[]): string {
  const all = outcomes.length
  const computed = outcomes.filter(({ type }) => type === 'computed').length
  if (all === 0) return 'no app is declared'
  // Not 100 while anything is left.
  const percent = Math.floor((100 * computed) / all)
  const groups = Map.groupBy(
    outcomes.flatMap((one) => (one.type === 'needs' ? one.needs : [])),
    (needs) => needs,
  )
  const sorted = [...groups].toSorted((one, two) => two[1].length - one[1].length)
  const failed = outcomes.filter(({ type }) => type === 'failed').length
  const rest = [
    ...sorted.map(([needs, { length }]) => `${length} ${length === 1 ? 'needs' : 'need'} ${needs}`),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ]
  return `${percent} % computed (${computed} of ${all})${rest.length === 0 ? '' : `; ${rest.join(', ')}`}`
}

/** What failed wins: it has to be mended. Where no app is found nothing can be told. */
export function coverageExitCode(outcomes: readonly Outcome[]): ExitCode {
  if (outcomes.length === 0 || outcomes.some(({ type }) => type === 'failed')) return EXIT.cannotTell
  return outcomes.some(({ type }) => type === 'needs') ? EXIT.needsMore : EXIT.noDrift
}
