import type { Problem } from '../../model/apps/inventory.ts'
import { ERRORS } from '../../model/errors.ts'
import { type Failure, failureLine, failureText } from '../../model/failure.ts'
import type { AppReport } from '../../model/fleet.ts'
import { visibleText } from '../../model/visible-text.ts'
import { problemText } from './problem-text.ts'

/** A failure, and one of those that it concerns. */
export type Occurrence =
  | { readonly failure: Failure; readonly app: string }
  /** A problem of discovery, with a subject of its own. */
  | { readonly failure: Failure; readonly problem: Problem }
  /** Of a cluster. */
  | { readonly failure: Failure; readonly subject: string }

/** Names that one line has; JSON has all of them. */
const NAMES_LIMIT = 10

/** `shop in prod-us`. */
export function appText({ summary }: AppReport): string {
  return `${summary.name} in ${summary.destination}`
}

/**
 * Each fault once, in the order in which they came: a file that is broken makes every app of its cluster Unknown, and is one fault of so
 * many apps.
 */
export function faultTexts(occurrences: readonly Occurrence[]): readonly string[] {
  return sameFaults(occurrences).map((same) => {
    const [first] = same
    if (same.length > 1) return `${failureLine(withoutApp(first.failure))}\n  ${concerned(same)}\n  ${action(first)}`
    if ('problem' in first) return problemText(first.problem)
    return 'app' in first ? failureText({ ...first.failure, app: first.app }) : lineOf(first)
  })
}

/** The same on one line each, without what to do. */
export function warningLines(occurrences: readonly Occurrence[]): readonly string[] {
  return sameFaults(occurrences).map((same) => {
    const [first] = same
    return same.length > 1 ? `${failureLine(withoutApp(first.failure))}: ${concerned(same)}` : lineOf(first)
  })
}

function lineOf(one: Occurrence): string {
  if ('app' in one) return failureLine({ ...one.failure, app: one.app })
  return `${subjectOf(one)}: ${failureLine(one.failure)}`
}

function action({ failure }: Occurrence): string {
  return ERRORS[failure.code].action
}

/** Those that tell the same fault, whomever it concerns. */
function sameFaults(occurrences: readonly Occurrence[]): readonly (readonly [Occurrence, ...Occurrence[]])[] {
  const groups = new Map<string, [Occurrence, ...Occurrence[]]>()
  for (const one of occurrences) {
    const { code, message, cluster, repository, file, line, column } = one.failure
    const key = JSON.stringify([code, message, cluster, repository, file, line, column])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return [...groups.values()]
}

function withoutApp({ app: _, ...failure }: Failure): Failure {
  return failure
}

/** `12 apps: shop in prod-us, … and 2 more`. */
function concerned(same: readonly Occurrence[]): string {
  const apps = [...new Set(same.flatMap((one) => ('app' in one ? [one.app] : [])))]
  const others = [...new Set(same.flatMap((one) => ('app' in one ? [] : [subjectOf(one)])))]
  const parts = [
    ...(apps.length === 0 ? [] : [`${apps.length === 1 ? '1 app' : `${apps.length} apps`}: ${names(apps)}`]),
    ...(others.length === 0 ? [] : [names(others)]),
  ]
  return parts.join('; ')
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, NAMES_LIMIT).map(visibleText).join(', ')
  return all.length > NAMES_LIMIT ? `${shown} and ${all.length - NAMES_LIMIT} more` : shown
}

function subjectOf(one: Exclude<Occurrence, { readonly app: string }>): string {
  return visibleText('problem' in one ? one.problem.subject : one.subject)
}
