import type { Transferable } from 'node:worker_threads'
import { parseSnapshotFile } from '../../clusters/snapshot/parse-file.ts'
import { generateApplications } from '../../discovery/argocd/applicationset/generate.ts'
import type { ApplicationSetRequest } from '../../discovery/argocd/applicationset/inputs.ts'
import type { ExpressionRequest } from '../../discovery/argocd/expression-answers.ts'
import { packOutcome } from '../../engine/desired/packed-rendering.ts'
import type { PointersRequest } from '../../engine/ports.ts'
import type { RedactionKey } from '../../kubernetes/redaction.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { LimitSettings } from '../../model/settings.ts'
import type { RenderRequest } from '../../model/sources/rendering.ts'
import type { Sandbox } from '../../model/sources/sandbox.ts'
import type { OpenTree } from '../../model/sources/tree.ts'
import type { SyncRenderer } from '../../render/renderer.ts'
import { jqPointers } from './jq-pointers.ts'
import { matchExpressions } from './match-expressions.ts'

/** What a pool thread works with. */
export interface PoolContext {
  readonly renderer: SyncRenderer
  readonly openTree: OpenTree
  /** Throws until the thread has it; the job is then done again from its start. */
  readonly sandbox: () => Sandbox
  readonly redactionKey: RedactionKey
  readonly documentBytes: number
}

/** A kind of job: input and output are plain data, which travel between threads. */
interface JobKind<Input, Output> {
  /** For the error: what takes so long. */
  readonly title: (input: Input) => string
  /** On whose behalf: tenants take turns. Absent for what only the config file asks for. */
  readonly tenant?: (input: Input) => string
  /** CPU seconds; what takes longer is killed with its thread. */
  readonly timeoutSeconds: (limits: LimitSettings) => number
  /** What is moved into the thread instead of copied: for jobs that need no sandbox, which can be given once. */
  readonly transfer?: (input: Input) => readonly Transferable[]
  /** Whether it is known beforehand that much is parsed; else that turns out. */
  readonly isLarge?: (input: Input) => boolean
  /** In the pool thread; synchronous. */
  readonly work: (input: Input, context: PoolContext) => Output
}

/** 64 MB of YAML take under a minute on a slow machine. */
const SNAPSHOT_FILE_SECONDS = 120
/** A parser takes a hundred times the memory of YAML. Bytes that were moved into a thread cannot be given to it again. */
const LARGE_SNAPSHOT_FILE = 512 * 1024
/** Path expressions take microseconds; what takes longer loops. */
const POINTERS_SECONDS = 5
/** Names are short: what takes longer goes back and forth in them. */
const EXPRESSIONS_SECONDS = 2

/** Every kind of job that a pool thread does: a new one is an entry here, and a call of `run` where it is needed. */
const JOBS = {
  render: kind({
    title: () => 'rendering',
    tenant: ({ tenant = '' }: RenderRequest) => tenant,
    timeoutSeconds: ({ renderSeconds }) => renderSeconds,
    work: (request: RenderRequest, { renderer }) => packOutcome(renderer.render(request)),
  }),
  snapshotFile: kind({
    title: ({ file }) => `reading ${file}`,
    timeoutSeconds: () => SNAPSHOT_FILE_SECONDS,
    transfer: ({ bytes }) => wholeBuffer(bytes),
    isLarge: ({ bytes }) => bytes.length > LARGE_SNAPSHOT_FILE,
    work: (
      { bytes, file }: { readonly bytes: Uint8Array; readonly file: string },
      { redactionKey, documentBytes }: PoolContext,
    ) => parseSnapshotFile(bytes, file, redactionKey, documentBytes),
  }),
  /** One step of computing what an ApplicationSet stands for. `time`: Unix milliseconds, for templates that ask for it. */
  applicationSet: kind({
    title: () => 'computing an ApplicationSet',
    tenant: ({ request: { applicationSet } }: { readonly request: ApplicationSetRequest }) =>
      `ApplicationSets of ${namespaceOf(applicationSet)}`,
    timeoutSeconds: ({ renderSeconds }) => renderSeconds,
    work: (
      { request, time }: { readonly request: ApplicationSetRequest; readonly time: number },
      { openTree, sandbox }: PoolContext,
    ) => generateApplications(request, { openTree, sandbox, environment: { seed: 1, time } }),
  }),
  /** Whether expressions of tenants match names; one list of expressions is one tenant's. */
  expressions: kind({
    title: () => 'matching regular expressions',
    tenant: ({ expressions }: ExpressionRequest) => `expressions ${JSON.stringify(expressions)}`,
    timeoutSeconds: () => EXPRESSIONS_SECONDS,
    work: (request: ExpressionRequest, { sandbox }: PoolContext) => matchExpressions(sandbox(), request),
  }),
  /** Where jq path expressions lead in objects. */
  pointers: kind({
    title: () => 'jq',
    tenant: ({ tenant }: PointersRequest) => tenant,
    timeoutSeconds: () => POINTERS_SECONDS,
    work: ({ expressions, objects }: PointersRequest, { sandbox }: PoolContext) =>
      jqPointers(sandbox(), expressions, objects),
  }),
}

function kind<Input, Output>(entry: JobKind<Input, Output>): JobKind<Input, Output> {
  return entry
}

export type JobName = keyof typeof JOBS
export type JobInput<Name extends JobName> = Parameters<(typeof JOBS)[Name]['work']>[0]
export type JobOutput<Name extends JobName> = ReturnType<(typeof JOBS)[Name]['work']>

/** The same table; by a name that is not known yet it gives a kind whose input and output go with the name. */
const POOL_JOBS: { readonly [Name in JobName]: JobKind<JobInput<Name>, JobOutput<Name>> } = JOBS

/** A job as it travels. */
export type PoolJob<Name extends JobName = JobName> = {
  readonly [Key in Name]: { readonly name: Key; readonly input: JobInput<Key> }
}[Name]

/** What one job may do and take. */
export interface JobTerms {
  readonly title: string
  readonly tenant: string
  /** CPU seconds. */
  readonly timeoutSeconds: number
  readonly transfer: readonly Transferable[]
  readonly isLarge: boolean
}

export function jobTerms<Name extends JobName>({ name, input }: PoolJob<Name>, limits: LimitSettings): JobTerms {
  const { title, tenant, timeoutSeconds, transfer, isLarge } = POOL_JOBS[name]
  return {
    title: title(input),
    tenant: tenant?.(input) ?? '',
    timeoutSeconds: timeoutSeconds(limits),
    transfer: transfer?.(input) ?? [],
    isLarge: isLarge?.(input) ?? false,
  }
}

/** Does the job, in the pool thread. */
export function workOn<Name extends JobName>({ name, input }: PoolJob<Name>, context: PoolContext): JobOutput<Name> {
  return POOL_JOBS[name].work(input, context)
}

function namespaceOf({ metadata }: JsonObject): string {
  return isJsonObject(metadata) ? String(metadata.namespace ?? '') : ''
}

/** Small reads share a buffer with others; only what has one of its own can be moved. */
function wholeBuffer({ buffer, byteLength }: Uint8Array): readonly ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
