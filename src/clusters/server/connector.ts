import { createHash } from 'node:crypto'
import { type RedactionKey, redactObject } from '../../kubernetes/redaction.ts'
import type {
  ClusterConnector,
  ClusterEvent,
  ConfidentialSecret,
  ConfidentialSecretEvent,
  ObserveOptions,
} from '../../model/clusters/cluster.ts'
import { SERVER_TRAITS } from '../../model/clusters/cluster-traits.ts'
import { CodedError } from '../../model/failure.ts'
import type { GroupKind, KubernetesObject } from '../../model/object.ts'
import { confidentialSecret } from '../confidential-secret.ts'
import { createConnectionStatus } from '../connection-status.ts'
import { mergeScopes } from '../merge-streams.ts'
import type { ServerLimits } from '../options.ts'
import type { EnterLargeAnswer } from './api/large-answers.ts'
import { findOpenApi } from './api/openapi.ts'
import { createServerCapabilities } from './api/server-capabilities.ts'
import { StreamedLists } from './api/streamed-lists.ts'
import { createServerClient } from './client.ts'
import type { LoadServerAccess } from './credentials/access.ts'
import { CursorScopes } from './cursor-scopes.ts'
import { namingCluster } from './failures.ts'
import { Lineage } from './lineage.ts'
import { observeScope } from './observe.ts'
import { ServedObjects } from './served-objects.ts'
import { createSession, type Session } from './session.ts'

export interface ServerConnectorOptions {
  readonly name: string
  readonly load: LoadServerAccess
  readonly redactionKey: RedactionKey
  readonly limits: ServerLimits
  readonly enterLargeAnswer: EnterLargeAnswer
  readonly environment: Readonly<Record<string, string | undefined>>
}

const SECRET: GroupKind = { group: '', kind: 'Secret' }

/** A cluster that is read from its API server. */
export function createServerConnector(options: ServerConnectorOptions): ClusterConnector {
  const { name, redactionKey, limits } = options
  const session = createSession(options.load, limits, options.environment)
  const connection = createConnectionStatus(name, session.url)
  const client = createServerClient(session, connection, limits, options.enterLargeAnswer)
  const known = createServerCapabilities(client, connection, limits)
  const objects = new ServedObjects(client, known)
  const streamed = new StreamedLists(() => connection.status().kubeVersion)
  const lineage = new Lineage({ client, known, objects, streamed, limits, url: session.url })
  const closed = new AbortController()

  /** Aborts with the connector, and adds the cluster's name to every error. */
  async function within<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await work(AbortSignal.any([signal, closed.signal]))
    } catch (error) {
      throw error instanceof CodedError ? namingCluster(name, error) : error
    }
  }

  /** @param shown what is told of an object */
  function observe(
    kind: GroupKind,
    what: ObserveOptions,
    signal: AbortSignal,
    shown: (object: KubernetesObject) => KubernetesObject,
  ): AsyncGenerator<ClusterEvent> {
    const all = AbortSignal.any([signal, closed.signal])
    const selectors = {
      ...(what.fieldSelector === undefined ? {} : { fieldSelector: what.fieldSelector }),
      ...(what.labelSelector === undefined ? {} : { labelSelector: what.labelSelector }),
    }
    const resolve = (fresh: boolean, at: AbortSignal) => objects.listableKind(kind, fresh, at)
    const scopes = new CursorScopes(what, (served, from, at) => lineage.refusal(served, from, at))
    // Nothing waits for it: where it cannot be told, the list tells why.
    if (what.cursor !== undefined) lineage.of(kind, all).then(scopes.setLineage, () => undefined)
    const { interest, metadataOnly = false } = what
    const outgoing = (event: ClusterEvent): ClusterEvent => {
      // What is told unread is no Secret.
      if (event.type === 'Upsert') return { ...event, object: shown(event.object) }
      return event.type === 'Lost' ? { ...event, failure: { ...event.failure, cluster: name } } : event
    }
    const observed = { name, client, connection, limits, streamed, kind }
    const scope = { ...observed, selectors, interest, metadataOnly, outgoing, resolve }
    const open = (namespace: string | undefined) => (at: AbortSignal) =>
      observeScope({ ...scope, namespace, ...scopes.open(namespace) }, at)
    const namespaces = [...new Set(what.namespaces ?? [undefined])]
    const [only] = namespaces
    return namespaces.length === 1 ? open(only)(all) : mergeScopes(namespaces.map(open), all)
  }

  return {
    name,
    traits: SERVER_TRAITS,
    identity: (signal) => within(signal, (at) => identityOf(objects, session, at)),
    capabilities: (signal) => within(signal, async (at) => (await known.get(at)).capabilities),
    openapi: (group, version, signal) =>
      within(signal, async (at) => {
        const found = findOpenApi(client, (await known.get(at)).openapi, group, version)
        return found && { hash: found.hash, read: (reading) => within(reading, found.read) }
      }),
    observe: (kind, what, signal) => observe(kind, what, signal, (object) => redactObject(object, redactionKey)),
    get: (key, signal) =>
      within(signal, async (at) => {
        const object = await objects.get(key, at)
        return object === undefined ? undefined : redactObject(object, redactionKey)
      }),
    readSecret: (namespace, secretName, signal): Promise<ConfidentialSecret | undefined> =>
      within(signal, async (at) => {
        const object = await objects.get({ ...SECRET, namespace, name: secretName }, at)
        return object === undefined ? undefined : confidentialSecret(object)
      }),
    observeSecrets: async function* (what, signal): AsyncGenerator<ConfidentialSecretEvent> {
      for await (const event of observe(SECRET, what, signal, (object) => object)) {
        if (event.type === 'Upsert') yield { type: 'Upsert', secret: confidentialSecret(event.object) }
        else if (event.type === 'Delete') yield { type: 'Delete', namespace: event.key.namespace, name: event.key.name }
        // Of Secrets nothing is recalled, and nothing left unread.
        else if (event.type !== 'Recalled' && event.type !== 'Unread') yield event
      }
    },
    dryRunApply: (object, fieldManager, signal) =>
      within(signal, (at) => objects.dryRunApply(object, fieldManager, at)),
    status: () => connection.status(),
    close: async () => {
      closed.abort()
      await session.close()
    },
  }
}

/** The UID of kube-system, which lives as long as the cluster; where that may not be read, where the server is. */
async function identityOf(objects: ServedObjects, session: Session, signal: AbortSignal): Promise<string> {
  try {
    const namespace = await objects.get({ group: '', kind: 'Namespace', namespace: '', name: 'kube-system' }, signal)
    if (typeof namespace?.metadata.uid === 'string') return namespace.metadata.uid
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.code !== 'GDE_CLUSTER_FORBIDDEN') throw error
  }
  const { address } = await session.open(signal)
  return createHash('sha256')
    .update(`${address.url}\n${address.ca ?? ''}`)
    .digest('hex')
}
