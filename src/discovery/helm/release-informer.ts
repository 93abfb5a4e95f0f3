import { pause } from '../../concurrency/pause.ts'
import type { ClusterConnector } from '../../model/clusters/cluster.ts'
import type { Confidential } from '../../model/confidential.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { NewestRevision } from '../../model/sources/stored-release.ts'
import { type ObjectInformer, startObjectInformer } from '../informers/object-informer.ts'
import {
  outranks,
  RELEASE_SECRETS,
  type ReleaseStatus,
  releaseSecretName,
  releaseVersion,
  type StoredRelease,
  storedRelease,
  wasDeployed,
} from './stored-release.ts'

/** The releases in Helm's storage that are deployed or being deployed, with their stored content. */
export interface ReleaseInformer {
  /** By `namespace/name` of storage and release. */
  readonly releases: ReadonlyMap<string, StoredRelease | { readonly failure: Failure }>
  readonly state: ObjectInformer['state']
  readonly failure: Failure | undefined
  /** Everything that was listed was read as well. */
  readonly complete: boolean
}

const RETRY_MS = 15_000
const KIND = { group: '', kind: 'Secret' }

/** The revision of a release that counts. */
interface Newest {
  readonly namespace: string
  readonly secret: string
  readonly version: number
  readonly status: ReleaseStatus
  /** Of all, whether it counts or not. */
  readonly newest: NewestRevision
  /** A redacted hash: changes with the content. */
  readonly content: string
}

/**
 * Keeps the newest version of each release that is deployed or about to be; else of one whose first installation failed or hangs.
 * @param namespaces absent is the whole cluster
 */
export function startReleaseInformer(
  connector: ClusterConnector,
  namespaces: readonly string[] | undefined,
  onChange: () => void,
  signal: AbortSignal,
): ReleaseInformer {
  const releases = new Map<string, StoredRelease | { readonly failure: Failure }>()
  const readAs = new Map<string, Newest>()
  let isReading = false
  let again = false

  const informer = startObjectInformer(
    {
      connector,
      kind: KIND,
      observe: { ...RELEASE_SECRETS, ...(namespaces !== undefined && { namespaces }) },
      transform: stripRelease,
      onChange: () => void refresh(),
    },
    signal,
  )

  async function refresh(): Promise<void> {
    again = true
    if (isReading) return
    isReading = true
    while (again && !signal.aborted) {
      again = false
      await readNew()
    }
    isReading = false
    onChange()
    if (releases.values().some((release) => 'failure' in release)) void retry()
  }

  async function retry(): Promise<void> {
    await pause(RETRY_MS, signal)
    if (!signal.aborted) await refresh()
  }

  async function readNew(): Promise<void> {
    const newest = newestVersions(informer.objects.values())
    for (const key of releases.keys()) if (!newest.has(key)) releases.delete(key)
    for (const [key, version] of newest) {
      const before = readAs.get(key)
      const known = releases.get(key)
      if (
        known !== undefined &&
        !('failure' in known) &&
        before?.secret === version.secret &&
        before.newest.version === version.newest.version &&
        before.newest.status === version.newest.status &&
        before.content === version.content
      )
        continue
      readAs.set(key, version)
      const found = await readRelease(connector, version, signal)
      if (found !== undefined) releases.set(key, found)
    }
  }

  return {
    releases,
    get state() {
      return informer.state
    },
    get failure() {
      return informer.failure
    },
    get complete() {
      return informer.state === 'listed' && !isReading
    },
  }
}

/** The content is redacted: it only shows whether it changed. */
function stripRelease({ apiVersion, kind, metadata, data }: KubernetesObject): KubernetesObject | undefined {
  const labels = isJsonObject(metadata.labels) ? metadata.labels : {}
  const { name, namespace = '' } = metadata
  if (releaseVersion(name, labels) === undefined) return undefined
  const release = isJsonObject(data) ? (data.release ?? '') : ''
  return { apiVersion, kind, metadata: { name, namespace, labels }, data: { release } }
}

function newestVersions(secrets: Iterable<KubernetesObject>): ReadonlyMap<string, Newest> {
  const newest = new Map<string, Newest>()
  for (const { metadata, data } of secrets) {
    const found = releaseVersion(metadata.name, isJsonObject(metadata.labels) ? metadata.labels : {})
    if (found === undefined) continue
    const key = `${metadata.namespace}/${found.name}`
    const known = newest.get(key)
    const { version, status } = found
    const last = known === undefined || known.newest.version < version ? { version, status } : known.newest
    if (known !== undefined && !outranks(found, known)) {
      newest.set(key, { ...known, newest: last })
      continue
    }
    newest.set(key, {
      namespace: String(metadata.namespace),
      secret: metadata.name,
      version,
      status,
      newest: last,
      content: isJsonObject(data) ? String(data.release) : '',
    })
  }
  return newest
}

/** Undefined when it is gone meanwhile. */
async function readRelease(
  connector: ClusterConnector,
  { namespace, secret: name, newest }: Newest,
  signal: AbortSignal,
): Promise<StoredRelease | { readonly failure: Failure } | undefined> {
  try {
    const secret = await connector.readSecret(namespace, name, signal)
    if (secret === undefined) return undefined
    const failure: Failure = { code: 'GDE_HELM_STORAGE', message: `Secret ${namespace}/${name} holds no release` }
    const release = storedRelease(secret, newest)
    if (release === undefined) return { failure }
    const before = await readBefore(connector, release, signal)
    return { ...release, ...(before !== undefined && { before }) }
  } catch (thrown) {
    return { failure: toFailure(thrown, { cluster: connector.name }) }
  }
}

/** Helm keeps ten revisions, unless told otherwise; an upgrade that failed leaves one that was never deployed. */
const MOST_REVISIONS = 10

async function readBefore(
  connector: ClusterConnector,
  { namespace, name, version }: StoredRelease,
  signal: AbortSignal,
): Promise<Confidential | undefined> {
  for (let back = 1; back <= MOST_REVISIONS && back < version; back++) {
    const secret = await connector.readSecret(namespace, releaseSecretName(name, version - back), signal)
    // Helm drops the oldest first.
    if (secret === undefined) return undefined
    if (wasDeployed(secret)) return secret.data.release
  }
  return undefined
}
