import { pause } from '../../concurrency/pause.ts'
import type { ServedKind } from '../../model/clusters/cluster.ts'
import type { ErrorCode } from '../../model/errors.ts'
import { CodedError, type Failure } from '../../model/failure.ts'
import { type GroupKind, groupKindText } from '../../model/object.ts'
import { connectionError, RefusedError } from '../server/failures.ts'
import type { WholeReader } from '../server/whole-reader.ts'
import { type LeftOut, RELEASE_FIELD_SELECTOR } from './description.ts'
import type { SecretsHeld } from './secrets-held.ts'
import type { SnapshotFolder } from './snapshot-folder.ts'

export interface CopyOptions {
  readonly secrets: SecretsHeld
  /** Called when a kind is done. */
  readonly progress: (done: number, all: number) => void
}

/** What was copied, and what was not although the cluster may have it. */
export interface Copied {
  readonly kubeVersion: string
  readonly kinds: number
  readonly objects: number
  /** What could not be read. What is left out on purpose is not among it. */
  readonly failed: readonly LeftOut[]
}

/** Nobody declares them, and a busy cluster has more of them than of all else. */
const EVENTS: readonly string[] = ['Event', 'Event.events.k8s.io']
const PARALLEL = 4
const TRIES = 4
const FIRST_PAUSE_MS = 500
/** With these the next kind would fail as well. */
const FATAL: readonly ErrorCode[] = [
  'GDE_CLUSTER_AUTH',
  'GDE_CLUSTER_TLS',
  'GDE_CLUSTER_KUBECONFIG',
  'GDE_CLUSTER_UNREACHABLE',
  'GDE_SNAPSHOT_WRITE',
  'GDE_INTERNAL',
]

/**
 * Copies every kind that the server lists into the folder, each as one consistent list, and finishes the folder. A kind that cannot be
 * read is left out, and the snapshot says so.
 * @throws CodedError when no kind can be read, or nothing can be written
 */
export async function copyCluster(
  reader: WholeReader,
  folder: SnapshotFolder,
  { secrets, progress }: CopyOptions,
  signal: AbortSignal,
): Promise<Copied> {
  const served = await reader.served(signal)
  const kinds = served.kinds.filter((kind) => kind.verbs.includes('list') && isWanted(kind, secrets))
  const failed: LeftOut[] = [...served.broken].map(([group, { code, message }]) => ({ group, code, message }))
  let objects = 0
  let done = 0
  const rest = kinds.values()
  const stopped = new AbortController()
  const until = AbortSignal.any([signal, stopped.signal])
  const worker = async (): Promise<void> => {
    for (const kind of rest) {
      const count = await copyKind(reader, folder, kind, secrets, until).catch((error: unknown) => {
        const failure = failureOfKind(error)
        if (failure === undefined) throw error
        failed.push({ group: kind.group, kind: kind.kind, code: failure.code, message: failure.message })
        return 0
      })
      objects += count
      progress(++done, kinds.length)
    }
  }
  try {
    await Promise.all(
      Array.from({ length: PARALLEL }, () =>
        worker().catch((error: unknown) => {
          // The others must not go on writing into a folder that is removed.
          stopped.abort(error)
          throw error
        }),
      ),
    )
  } finally {
    stopped.abort()
  }
  const lost = failed.filter(({ kind }) => kind !== undefined).length
  const [first] = failed
  if (first !== undefined && lost === kinds.length) throw new CodedError(first.code, first.message)
  failed.sort((one, other) => (textOf(one) < textOf(other) ? -1 : 1))
  const events = served.kinds.filter(isEvent).map(({ group, kind }): LeftOut => {
    const message = `a snapshot has no ${kind}s: they come and go, and no app declares them`
    return { group, kind, code: 'GDE_SNAPSHOT_LEFT_OUT', message }
  })
  const { kubeVersion, apiVersions } = served
  await folder.finish({
    kubeVersion,
    secrets,
    served: { kinds: served.kinds, apiVersions },
    leftOut: [...failed, ...events],
  })
  return { kubeVersion, kinds: kinds.length - lost, objects, failed }
}

function isEvent(kind: GroupKind): boolean {
  return EVENTS.includes(groupKindText(kind))
}

function isSecret({ group, kind }: GroupKind): boolean {
  return group === '' && kind === 'Secret'
}

function isWanted(kind: GroupKind, secrets: SecretsHeld): boolean {
  return !isEvent(kind) && (secrets !== 'none' || !isSecret(kind))
}

function textOf({ group, kind }: LeftOut): string {
  return `${kind ?? ''}.${group}`
}

/** Undefined when it concerns more than the kind. */
function failureOfKind(error: unknown): Failure | undefined {
  if (!(error instanceof CodedError)) return undefined
  const { failure } = error
  // A webhook that converts the kind, the key that decrypts it, or the server behind an aggregated one may be down alone.
  if (error instanceof RefusedError && error.isKubernetesStatus && error.status >= 500) return failure
  return FATAL.includes(failure.code) ? undefined : failure
}

/** How many objects were written. Lists that expire while they are read, and servers that do not answer, are asked again. */
async function copyKind(
  reader: WholeReader,
  folder: SnapshotFolder,
  kind: ServedKind,
  secrets: SecretsHeld,
  signal: AbortSignal,
): Promise<number> {
  const selectors: Readonly<Record<string, string>> =
    isSecret(kind) && secrets === 'helm' ? { fieldSelector: RELEASE_FIELD_SELECTOR } : {}
  for (let attempt = 1; ; attempt++) {
    const writer = await folder.beginKind(kind)
    let count = 0
    try {
      for await (const { objects } of reader.list(kind, selectors, signal)) {
        for (const object of objects) {
          await writer.write([object.read()])
          count += 1
        }
      }
      await writer.complete()
      return count
    } catch (error) {
      await writer.drop()
      signal.throwIfAborted()
      const coded = connectionError(error)
      if (attempt === TRIES || !mayPass(coded)) throw coded
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), signal)
      signal.throwIfAborted()
    }
  }
}

function mayPass(error: CodedError): boolean {
  return error.failure.code === 'GDE_CLUSTER_UNREACHABLE' || (error instanceof RefusedError && error.status === 410)
}
