import type { Static } from '@sinclair/typebox'
import * as Type from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import * as Value from '@sinclair/typebox/value'
import { ERRORS, type ErrorCode } from '../../model/errors.ts'
import { CodedError } from '../../model/failure.ts'
import type { AppSummary } from '../../model/fleet.ts'
import { type AppId, appId } from '../../model/identity.ts'
import type { GroupKind } from '../../model/object.ts'
import { type PersistentValues, SAVED_VALUES } from '../../model/verdicts/persistent-values.ts'
import type { Outcome, SourceRevision, Verdict } from '../../model/verdicts/verdict.ts'
import type { StatusHistory } from './status-history.ts'

/** The commits, one per source, that objects were last in sync with. */
export interface SavedBaseline {
  readonly commits: readonly string[]
  /** Keys of the objects; the first entry holds for all objects that no other entry names. */
  readonly objects: readonly string[]
}

/** The state of one app that survives a restart. */
export interface SavedApp {
  readonly summary: AppSummary
  readonly history: StatusHistory
  readonly revisions: readonly SourceRevision[]
  readonly objectCounts: Verdict['objectCounts']
  readonly differenceCounts: Verdict['differenceCounts']
  readonly baselines: readonly SavedBaseline[]
  readonly values: Partial<PersistentValues>
  /** Declared now or earlier: where objects that Git no longer has may live on. */
  readonly kinds: readonly GroupKind[]
}

const VERSION = 1

const Text = Type.String()
const Count = Type.Integer({ minimum: 0 })
const Time = Type.Number()

const Failure = Type.Object({
  code: Type.Unsafe<ErrorCode>(Type.Union(Object.keys(ERRORS).map((code) => Type.Literal(code)))),
  message: Text,
  app: Type.Optional(Text),
  cluster: Type.Optional(Text),
  repository: Type.Optional(Text),
  file: Type.Optional(Text),
  line: Type.Optional(Count),
  column: Type.Optional(Count),
})

const Cause = Type.Union([Type.Literal('git'), Type.Literal('live'), Type.Literal('both')])
const Status = Type.Union([Type.Literal('Synced'), Type.Literal('OutOfSync'), Type.Literal('Unknown')])

const SavedOutcome = Type.Unsafe<Outcome>(
  Type.Union([
    Type.Object({ status: Type.Literal('Synced') }),
    Type.Object({ status: Type.Literal('OutOfSync'), cause: Cause }),
    Type.Object({ status: Type.Literal('Unknown'), reason: Failure }),
  ]),
)

const History = Type.Object({
  outcome: SavedOutcome,
  evaluatedStatus: Type.Optional(Status),
  outOfSyncSince: Type.Optional(Time),
  unknownSince: Type.Optional(Time),
  lastSynced: Type.Optional(Time),
  evaluatedAt: Type.Optional(Time),
  statusChanges: Count,
})

const Summary = Type.Object({
  controller: Type.Union([Type.Literal('argocd'), Type.Literal('flux'), Type.Literal('helm'), Type.Literal('static')]),
  kind: Text,
  declaredIn: Text,
  namespace: Text,
  name: Text,
  destination: Text,
  project: Text,
  labels: Type.Record(Text, Text),
  sources: Type.Array(Type.Object({ url: Text, path: Text, targetRevision: Text })),
  server: Text,
  destinationNamespace: Text,
  autoSync: Type.Boolean(),
  applicationSet: Type.Optional(Text),
})

const States = Type.Object({
  synced: Count,
  changed: Count,
  missing: Count,
  extra: Count,
  unknown: Count,
  ignored: Count,
  skipped: Count,
})
const Classes = Type.Object({ changed: Count, missing: Count, removed: Count, added: Count })

/** One app in the file; its keys are part of the file format, and so may differ from those of `SavedApp`. */
const App = Type.Object({
  summary: Summary,
  life: History,
  revisions: Type.Array(
    Type.Object({
      repository: Text,
      path: Text,
      targetRevision: Text,
      commit: Text,
      commitTime: Time,
      author: Type.Optional(Text),
      subject: Type.Optional(Text),
    }),
  ),
  objectCounts: States,
  differenceCounts: Classes,
  bases: Type.Array(Type.Object({ commits: Type.Array(Text), objects: Type.Array(Text) })),
  ...SAVED_VALUES,
  kinds: Type.Array(Type.Object({ group: Text, kind: Text })),
})

const State = Type.Object({ version: Type.Literal(VERSION), apps: Type.Array(App) })

/**
 * Reads a state file's text.
 * @throws CodedError `GDE_STATE_DAMAGED` for whatever this version did not write
 */
export function parseState(text: string): ReadonlyMap<AppId, SavedApp> {
  const value = parseJsonOrFail(text)
  if (!Value.Check(State, value)) {
    const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined
    const first = Errors(State, value).First()
    throw new CodedError(
      'GDE_STATE_DAMAGED',
      version === VERSION
        ? `state.json is not as it was written: ${first?.path ?? ''} ${first?.message ?? ''}`
        : `state.json is of version ${String(version)}, not ${VERSION}`,
    )
  }
  return new Map(value.apps.map((app) => savedApp(app)))
}

/** The file keeps the keys that its first version gave them: `life` is the history, `bases` are the baselines. */
function savedApp({
  summary,
  life: history,
  bases: baselines,
  revisions,
  objectCounts,
  differenceCounts,
  kinds,
  ...values
}: Static<typeof App>): readonly [AppId, SavedApp] {
  const id = appId(summary)
  const app = { revisions, objectCounts, differenceCounts, kinds }
  return [id, { ...app, history, baselines, values, summary: { ...summary, id } }]
}

/** Codes that older versions wrote, and what says the same now: they are no reason to set a state aside. */
const RETIRED_CODES: ReadonlyMap<unknown, ErrorCode> = new Map(
  ['HELM_REPOSITORY', 'OCI'].map((kind) => [`GDE_UNSUPPORTED_${kind}`, 'GDE_UNSUPPORTED_SOURCE']),
)

function withoutRetiredCodes(key: string, value: unknown): unknown {
  return key === 'code' ? (RETIRED_CODES.get(value) ?? value) : value
}

function parseJsonOrFail(text: string): unknown {
  try {
    return JSON.parse(text, withoutRetiredCodes)
  } catch (error) {
    throw new CodedError('GDE_STATE_DAMAGED', 'state.json is not JSON', {}, { cause: error })
  }
}

/** The history as the journal keeps it. */
export function historyText(history: StatusHistory): string {
  return JSON.stringify(history)
}

/** @returns undefined for what no version wrote */
export function parseHistory(text: string): StatusHistory | undefined {
  if (text === '') return undefined
  try {
    const value: unknown = JSON.parse(text, withoutRetiredCodes)
    return Value.Check(History, value) ? value : undefined
  } catch {
    // The state file's history is as good, but for the last seconds.
    return undefined
  }
}

const PART_CHARACTERS = 1024 * 1024

/** One app as a line of the file, made when it changes, so that writing thousands of unchanged ones costs next to nothing. */
export interface AppLine {
  /** What differs from cluster to cluster. */
  readonly own: string
  /** The rest of the line, which apps of one declaration have in common. */
  readonly common: string
}

export function appLine({ summary, history, baselines: bases, values, ...app }: SavedApp): AppLine {
  const { id: _id, reportedStatus: _word, syncIntervalSeconds: _interval, ...named } = summary
  const { destination: _where, server: _at, ...kept } = named
  return {
    own: ownText({ summary, history }),
    common: `,${JSON.stringify(kept).slice(1)},${JSON.stringify({ bases, ...app, ...values }).slice(1)}`,
  }
}

/** What differs from cluster to cluster, and from one evaluation that finds the app as before to the next. */
export function ownText({ summary: { destination, server }, history }: Pick<SavedApp, 'summary' | 'history'>): string {
  // Since when it drifts, the journal alone says.
  const { outOfSyncSince: _since, ...life } = history
  return JSON.stringify({ life, summary: { destination, server } }).slice(0, -2)
}

/**
 * The whole file, some megabytes at a time: that of a large fleet as one text would be copied twice before it is written.
 * @param lines those that are there now: what becomes of them while parts are taken changes none
 */
export function* stateParts(lines: readonly AppLine[]): Generator<string> {
  let part = [`{"version":${VERSION},"apps":[\n`]
  let length = 0
  for (const [index, { own, common }] of lines.entries()) {
    part.push(index === 0 ? '' : ',\n', own, common)
    length += own.length + common.length
    if (length < PART_CHARACTERS) continue
    yield part.join('')
    part = []
    length = 0
  }
  part.push('\n]}\n')
  yield part.join('')
}
