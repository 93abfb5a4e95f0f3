import { createHash } from 'node:crypto'
import { type Failure, failurePosition } from '../model/failure.ts'
import { type AppReport, awaitsVerdict } from '../model/fleet.ts'
import { withoutUserInfo } from '../model/sources/repository-url.ts'
import { programName } from '../model/verdicts/actor-name.ts'
import { commitName, waitingCommit } from './app-fact.ts'
import { fieldName } from './change-text.ts'
import { failedStep, STEP_FAILED } from './failed-step.ts'

/** Apps that are not in sync in the same way. */
export interface AlikeGroup {
  readonly id: string
  readonly kind: 'failure' | 'drift'
  readonly what: string
  /** When the first of them became so, Unix seconds. */
  readonly since?: number
  readonly failure?: Failure
  readonly apps: readonly AppReport[]
}

/** So many apps with one cause are an incident, not rows. */
export const ALIKE = 5

/** What apps have in common: the text is the same for those that are alike, and for nobody else. */
interface Likeness {
  readonly kind: AlikeGroup['kind']
  readonly key: string
  readonly what: string
  readonly failure?: Failure
}

/**
 * Mass drift and mass failure: apps that fail with one code at one place of one repository, that wait for one commit, or in which one program
 * changed one field. The largest group first.
 */
export function alikeGroups(reports: Iterable<AppReport>): readonly AlikeGroup[] {
  const groups = new Map<string, { readonly likeness: Likeness; readonly apps: AppReport[] }>()
  for (const report of reports) {
    const likeness = likenessOf(report)
    if (likeness === undefined) continue
    const group = groups.get(likeness.key)
    if (group === undefined) groups.set(likeness.key, { likeness, apps: [report] })
    else group.apps.push(report)
  }
  return [...groups.values()]
    .filter(({ apps }) => apps.length >= ALIKE)
    .map(({ likeness, apps }) => groupOf(likeness, apps))
    .toSorted((one, other) => other.apps.length - one.apps.length || (one.id < other.id ? -1 : 1))
}

function groupOf({ kind, key, what, failure }: Likeness, apps: readonly AppReport[]): AlikeGroup {
  const since = apps.reduce(
    (first, { verdict }) =>
      Math.min(first, (kind === 'drift' ? verdict.outOfSyncSince : verdict.unknownSince) ?? first),
    Number.POSITIVE_INFINITY,
  )
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 12)
  return {
    id: `${kind}:${hash}`,
    kind,
    what,
    apps,
    ...(Number.isFinite(since) && { since }),
    ...(failure !== undefined && { failure }),
  }
}

function likenessOf(report: AppReport): Likeness | undefined {
  const { outcome } = report.verdict
  switch (outcome.status) {
    case 'Synced':
      return undefined
    case 'Unknown':
      // At the start everything waits: that is said once, and is no incident.
      return awaitsVerdict(report) ? undefined : failureLikeness(report, outcome.reason)
    case 'OutOfSync':
      return outcome.cause === 'git' ? commitLikeness(report) : fieldLikeness(report)
    default:
      return outcome satisfies never
  }
}

function failureLikeness({ summary }: AppReport, reason: Failure): Likeness {
  const { code, file, line, cluster } = reason
  const step = failedStep(reason)
  // A file is one of its repository; without one it is the cluster that has them all, or the code alone.
  const where =
    file === undefined ? (cluster ?? (step === 'read' ? summary.destination : '')) : (summary.sources[0]?.url ?? '')
  const position = failurePosition(reason)
  const what = [step === undefined ? code : STEP_FAILED[step], position].filter((part) => part !== '').join(': ')
  return { kind: 'failure', key: JSON.stringify([code, where, file ?? '', line ?? 0]), what, failure: reason }
}

function commitLikeness(report: AppReport): Likeness | undefined {
  const [revision] = report.verdict.revisions
  const waiting = waitingCommit(report)
  if (revision === undefined || waiting === undefined) return undefined
  const { repository } = revision
  const { commit, subject } = waiting
  const what = `commit ${commitName(commit, subject)} of ${withoutUserInfo(repository)} is not applied`
  return { kind: 'drift', key: JSON.stringify(['commit', repository, commit]), what }
}

/** By the first field that drifts: its kind, its path and who wrote it. */
function fieldLikeness({ verdict: { objects } }: AppReport): Likeness | undefined {
  for (const { key, state, effect, differences } of objects) {
    if (effect === 'report') continue
    if (state === 'missing' || state === 'extra') {
      const what = `${key.kind} ${key.name} ${state === 'missing' ? 'is not there' : 'is gone from Git'}`
      return { kind: 'drift', key: JSON.stringify([state, key.group, key.kind, key.name]), what }
    }
    const difference = differences.find((one) => one.effect === 'drift')
    if (state !== 'changed' || difference === undefined) continue
    const { path, class: found, actor } = difference
    const who = actor === undefined ? '' : ` by ${programName(actor)}`
    return {
      kind: 'drift',
      key: JSON.stringify([found, key.group, key.kind, path, actor?.manager ?? '']),
      what: `${fieldName(difference)} of ${key.kind} ${FOUND[found]}${who}`,
    }
  }
  return undefined
}

const FOUND = { changed: 'changed', missing: 'removed', removed: 'left', added: 'added' } as const
