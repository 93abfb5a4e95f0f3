import { resolve as resolvePath } from 'node:path'
import { objectKey } from '../../kubernetes/object.ts'
import type { RedactionKey } from '../../kubernetes/redaction.ts'
import type {
  Capabilities,
  ClusterConnector,
  ClusterEvent,
  ConfidentialSecretEvent,
  ObserveOptions,
} from '../../model/clusters/cluster.ts'
import { CLUSTER_TRAITS } from '../../model/clusters/cluster-traits.ts'
import { type CodedError, type Failure, fromFailure } from '../../model/failure.ts'
import type { GroupKind } from '../../model/object.ts'
import { createConnectionStatus } from '../connection-status.ts'
import { collectContents, readEntry, type SnapshotContents } from './contents.ts'
import { customOpenApi } from './custom-kinds.ts'
import { leftOutFailure } from './description.ts'
import { followFiles, type SnapshotFiles } from './files.ts'
import { observeContents } from './observe.ts'
import { type ParseSnapshotFile, parseSnapshotFile } from './parse-file.ts'
import { createSecretReader } from './secrets.ts'
import { snapshotCapabilities } from './snapshot-capabilities.ts'

export interface SnapshotConnectorOptions {
  readonly name: string
  readonly folder: string
  /** Kinds that are complete even if there is none: `Deployment.apps`. */
  readonly kinds: readonly string[]
  readonly redactionKey: RedactionKey
  /** On this thread by default. */
  readonly parseSnapshotFile?: ParseSnapshotFile
}

const SECRET: GroupKind = { group: '', kind: 'Secret' }

/** A cluster that is read from a folder of YAML and JSON files, which is watched from the first request on. */
export function createSnapshotConnector(options: SnapshotConnectorOptions): ClusterConnector {
  const { name, redactionKey } = options
  const folder = resolvePath(options.folder)
  const parse: ParseSnapshotFile =
    options.parseSnapshotFile ?? (async (bytes, file) => parseSnapshotFile(bytes, file, redactionKey))
  const readSecret = createSecretReader(folder)
  const connection = createConnectionStatus(name, () => folder)
  const closed = new AbortController()
  const listeners = new Set<() => void>()
  let files: SnapshotFiles | undefined
  let contents: SnapshotContents | undefined
  let capabilities: { readonly of: SnapshotContents; readonly are: Capabilities } | undefined

  function changed(): void {
    contents = undefined
    const { failures, kubeVersion } = now()
    if (kubeVersion !== undefined) connection.setVersion(kubeVersion)
    if (failures[0] !== undefined) connection.recordFailure({ ...failures[0], cluster: name })
    for (const listener of [...listeners]) listener()
  }

  function now(): SnapshotContents {
    contents ??= collectContents(files?.files() ?? [], files?.failure(), options.kinds)
    return contents
  }

  async function ready(signal: AbortSignal): Promise<SnapshotContents> {
    AbortSignal.any([signal, closed.signal]).throwIfAborted()
    // A broken file makes only its own kinds unreadable.
    files ??= followFiles(folder, parse, changed, (isHealthy) =>
      isHealthy ? connection.recordSuccess() : connection.recordAnswer(),
    )
    await files.ready
    AbortSignal.any([signal, closed.signal]).throwIfAborted()
    return now()
  }

  function observe(kind: GroupKind, what: ObserveOptions, signal: AbortSignal): AsyncGenerator<ClusterEvent> {
    const all = AbortSignal.any([signal, closed.signal])
    return observeContents({ cluster: name, kind, what, contents: ready, listeners }, all)
  }

  const withCluster = (failure: Failure): CodedError => fromFailure({ ...failure, cluster: name })

  return {
    name,
    traits: CLUSTER_TRAITS.snapshot,
    identity: async () => folder,
    capabilities: async (signal) => {
      const of = await ready(signal)
      if (capabilities?.of !== of) capabilities = { of, are: snapshotCapabilities(of) }
      return capabilities.are
    },
    openapi: async (group, version, signal) => customOpenApi((await ready(signal)).scopes.custom, group, version),
    observe,
    get: async (key, signal) => {
      const current = await ready(signal)
      const broken = current.failure(key)
      if (broken !== undefined) throw withCluster(broken)
      const entry = current.entry(key)
      if (entry !== undefined) return readEntry(entry)
      const absence = current.absence(key, key)
      if (absence !== undefined) throw withCluster(absence)
      return undefined
    },
    readSecret: async (namespace, secret, signal) => {
      const current = await ready(signal)
      const found = await readSecret(current, namespace, secret)
      // What was left out may be there: only a snapshot that says nothing of it has no such Secret.
      const leftOut = current.description && leftOutFailure(current.description, SECRET, { name: secret })
      if (found === undefined && leftOut !== undefined) throw withCluster(leftOut)
      return found
    },
    observeSecrets: async function* (what, signal): AsyncGenerator<ConfidentialSecretEvent> {
      for await (const event of observe(SECRET, what, signal)) {
        if (event.type === 'Upsert') {
          const { namespace, name: secret } = objectKey(event.object)
          const found = await readSecret(await ready(signal), namespace, secret)
          if (found !== undefined) yield { type: 'Upsert', secret: found }
        } else if (event.type === 'Delete')
          yield { type: 'Delete', namespace: event.key.namespace, name: event.key.name }
        // Of Secrets nothing is recalled, and nothing left unread.
        else if (event.type !== 'Recalled' && event.type !== 'Unread') yield event
      }
    },
    status: () => {
      const { warnings } = now()
      return { ...connection.status(), ...(warnings.length === 0 ? {} : { warnings }) }
    },
    close: async () => {
      closed.abort()
      files?.close()
    },
  }
}
