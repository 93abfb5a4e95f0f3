import { pause } from '../../concurrency/pause.ts'
import { builtinSchemas } from '../../kubernetes/builtin/table.ts'
import { compileSchemas } from '../../kubernetes/openapi/openapi.ts'
import type { SchemaIndex } from '../../kubernetes/schema/schema-index.ts'
import type { Capabilities, ClusterConnector, OpenApiDocument } from '../../model/clusters/cluster.ts'
import type { ErrorCode } from '../../model/errors.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { GroupKind } from '../../model/object.ts'

/** Compiled schemas by the hash of their document: clusters of one version share them, and one of them reads it. */
export interface SchemaLibrary {
  /** @throws CodedError when the document cannot be read */
  get(found: OpenApiDocument, signal: AbortSignal): Promise<SchemaIndex>
}

/** How long a cluster waits for another one to read the same: a slow server is nobody else's trouble. */
const OTHERS_MS = 2000

export function createSchemaLibrary(): SchemaLibrary {
  const known = new Map<string, WeakRef<SchemaIndex>>()
  const reading = new Map<string, Promise<void>>()

  async function read(found: OpenApiDocument, signal: AbortSignal): Promise<SchemaIndex> {
    const { document, isProven } = await found.read(signal)
    const compiled = compileSchemas([{ document }])
    if (isProven) known.set(found.hash, new WeakRef(compiled))
    for (const [other, reference] of known) if (reference.deref() === undefined) known.delete(other)
    return compiled
  }

  return {
    async get(found, signal) {
      const { hash } = found
      const other = known.has(hash) ? undefined : reading.get(hash)
      if (other !== undefined) await atMost(OTHERS_MS, other, signal)
      const compiled = known.get(hash)?.deref()
      if (compiled !== undefined) return compiled
      const own = read(found, signal)
      const ended = own.then(
        () => undefined,
        () => undefined,
      )
      reading.set(hash, ended)
      void ended.then(() => reading.get(hash) === ended && reading.delete(hash))
      return own
    },
  }
}

async function atMost(ms: number, work: Promise<void>, signal: AbortSignal): Promise<void> {
  const ended = new AbortController()
  await Promise.race([work, pause(ms, AbortSignal.any([signal, ended.signal]))])
  ended.abort()
}

/** The schemas of one cluster, loaded on demand; the built-in table serves what the cluster does not publish. */
export interface ClusterSchemas extends SchemaIndex {
  /** @throws CodedError when the cluster cannot be asked now, but may be later */
  load(kinds: Iterable<GroupKind>, capabilities: Capabilities, signal: AbortSignal): Promise<readonly Failure[]>
  /** The kinds of the cluster changed: schemas are loaded again when they are next needed, and stay until then. */
  forget(): void
}

/** Failures that leave a cluster comparable: without its schemas, custom resources are compared less exactly. */
const REFUSED: readonly ErrorCode[] = ['GDE_CLUSTER_FORBIDDEN', 'GDE_CLUSTER_PROTOCOL', 'GDE_TOO_LARGE']

export function createClusterSchemas(connector: ClusterConnector, library: SchemaLibrary): ClusterSchemas {
  const indexes = new Map<string, SchemaIndex>()
  const fresh = new Map<string, Promise<Failure | undefined>>()

  async function read(group: string, version: string, signal: AbortSignal): Promise<Failure | undefined> {
    const name = `${group}/${version}`
    try {
      const found = await connector.openapi(group, version, signal)
      if (found === undefined) indexes.delete(name)
      else indexes.set(name, await library.get(found, signal))
      return undefined
    } catch (thrown) {
      const failure = toFailure(thrown, { cluster: connector.name })
      if (REFUSED.includes(failure.code)) return failure
      fresh.delete(name)
      throw thrown
    }
  }

  return {
    kind: (group, version, kind) =>
      indexes.get(`${group}/${version}`)?.kind(group, version, kind) ?? builtinSchemas().kind(group, version, kind),
    async load(kinds, capabilities, signal) {
      const wanted = new Map<string, readonly [group: string, version: string]>()
      for (const kind of kinds) {
        // Live objects are read in the version that the server prefers, which may differ from the declared one.
        for (const version of capabilities.kind(kind)?.versions ?? [])
          wanted.set(`${kind.group}/${version}`, [kind.group, version])
      }
      const loading = [...wanted].map(([name, [group, version]]) => {
        const known = fresh.get(name) ?? read(group, version, signal)
        fresh.set(name, known)
        return known
      })
      return (await Promise.all(loading)).filter((failure) => failure !== undefined)
    },
    forget: () => fresh.clear(),
  }
}
