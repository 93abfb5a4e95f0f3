import { failurePosition } from '../model/failure.ts'
import type { AppReport } from '../model/fleet.ts'
import type { NamedCommit } from '../model/sources/git.ts'
import { actorName } from '../model/verdicts/actor-name.ts'
import type { Cause } from '../model/verdicts/cause.ts'
import { type Difference, isOfThisDrift, type ObjectVerdict } from '../model/verdicts/difference.ts'
import { VERDICT_LIMITS, type Verdict } from '../model/verdicts/verdict.ts'
import { visibleText } from '../model/visible-text.ts'
import { failedStep, STEP_FAILED } from './failed-step.ts'
import { type DriftedObject, leadingChange, leadingChangeText } from './leading-change.ts'
import { lengthText } from './length-text.ts'

/** What is the matter with one app, in one line: the fact, not its category. */
export interface AppFact {
  /** `replicas 3→11`, `Deployment front is not there`, `rendering failed: a.yaml:7: no YAML`. */
  readonly what: string
  /** How many more differences there are beside it. */
  readonly more: number
  /** `kubectl scale by alice`, where managedFields name a program. */
  readonly who?: string
  /** Where Git moved: the commit that is not applied. */
  readonly commit?: string
  /** What its message begins with. */
  readonly subject?: string
  /** Since when, Unix seconds. */
  readonly since?: number
}

const LONGEST_MESSAGE = 160
const LONGEST_SUBJECT = 72

/**
 * The fact about an app that is not in sync; undefined for one that is. The difference that leads is of the side that moved, and one that a
 * person looks for first (an image, a number of replicas) before labels and annotations.
 */
export function appFact(report: AppReport, { showValues }: { readonly showValues: boolean }): AppFact | undefined {
  const { verdict } = report
  const { outcome } = verdict
  switch (outcome.status) {
    case 'Synced':
      return undefined
    case 'Unknown': {
      const { reason } = outcome
      const step = failedStep(reason)
      const position = failurePosition(reason)
      const what = [step === undefined ? '' : STEP_FAILED[step], position, cut(reason.message)].filter(
        (part) => part !== '',
      )
      return {
        what: what.join(': '),
        more: 0,
        ...(verdict.unknownSince !== undefined && { since: verdict.unknownSince }),
      }
    }
    case 'OutOfSync':
      return driftFact(report, outcome.cause, showValues)
    default:
      return outcome satisfies never
  }
}

/** `replicas 3→11 · kubectl scale by alice · 2 h`, `image 1.4→1.5 · commit 67f9d6a, not applied for 8 min`. @param now Unix seconds */
export function factText(fact: AppFact, now: number): string {
  const { since } = fact
  const length = since === undefined ? undefined : lengthText(Math.max(0, now - since))
  const parts = [whatText(fact), fact.who]
  if (fact.commit === undefined) parts.push(length)
  else
    parts.push(
      `commit ${commitName(fact.commit, fact.subject)}, not applied${length === undefined ? '' : ` for ${length}`}`,
    )
  return visibleText(parts.filter((part) => part !== undefined).join(' · '))
}

/** What differs, and how much more. */
export function whatText({ what, more }: Pick<AppFact, 'what' | 'more'>): string {
  return more > 0 ? `${what} and ${more} more` : what
}

/** `67f9d6a "a subject"` */
export function commitName(commit: string, subject: string | undefined): string {
  return subject === undefined ? shortCommit(commit) : `${shortCommit(commit)} "${shortSubject(subject)}"`
}

/** As much of a subject as a line of other things has room for: what Git recommends for all of it. */
export function shortSubject(subject: string): string {
  return subject.length > LONGEST_SUBJECT ? `${subject.slice(0, LONGEST_SUBJECT - 1).toWellFormed()}…` : subject
}

/** As Git itself shortens it in most repositories. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7)
}

/** Where Git moved: the newest commit that touches what the app reads; until that is known, the one that the revision is. */
export function waitingCommit({ waitingCommit: waiting, verdict }: AppReport): NamedCommit | undefined {
  return waiting ?? verdict.revisions[0]
}

function driftFact(report: AppReport, cause: Cause, showValues: boolean): AppFact {
  const { verdict } = report
  const { objects, outOfSyncSince, lastSynced } = verdict
  const drifting = objects.filter(isDrift).map(driftedObject)
  const lead = leadingChange(drifting, cause)
  const namesObject = new Set(drifting.map(({ name }) => name)).size > 1
  const difference = lead?.field
  const isCommit = cause === 'git' || (cause === 'both' && difference?.actor === undefined)
  const { commit, subject } = (isCommit ? waitingCommit(report) : undefined) ?? {}
  const began = secondsOf(difference?.actor?.time)
  const isTold = commit === undefined && began !== undefined && isOfThisDrift(began, lastSynced)
  const since = isTold ? began : outOfSyncSince
  return {
    what: lead === undefined ? 'it is not as Git says' : leadingChangeText(lead, { cause, showValues, namesObject }),
    more: Math.max(0, countOf(lead?.count ?? 0, verdict) - 1),
    ...(commit === undefined && difference?.actor !== undefined && { who: actorName(difference.actor) }),
    ...(commit !== undefined && { commit }),
    ...(subject !== undefined && { subject }),
    ...(since !== undefined && { since }),
  }
}

/** Of what was left out it is not known what is only reported. */
function countOf(candidates: number, { objects, objectCounts, differenceCounts }: Verdict): number {
  const isWhole =
    objects.length < VERDICT_LIMITS.objects &&
    objects.every(({ differences }) => differences.length < VERDICT_LIMITS.differencesPerObject)
  if (isWhole) return candidates
  const differences = Object.values(differenceCounts).reduce((sum, count) => sum + count, 0)
  return objectCounts.missing + objectCounts.extra + differences
}

function isDrift({ state, effect }: ObjectVerdict): boolean {
  return (state === 'changed' || state === 'missing' || state === 'extra') && effect !== 'report'
}

function driftedObject({ key: { kind, name }, state, cause, differences }: ObjectVerdict): DriftedObject<Difference> {
  return { kind, name, state, cause, fields: differences.filter(({ effect }) => effect === 'drift') }
}

function cut(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text
}

function secondsOf(time: string | undefined): number | undefined {
  const at = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(at) ? undefined : at / 1000
}
