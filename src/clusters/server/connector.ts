import { createHash } from 'node:crypto'
import { groupVersion, objectKey } from '../../kubernetes/object.ts'
import { type RedactionKey, redactObject } from '../../kubernetes/redaction.ts'
import { printJson } from '../../kubernetes/serialization/json.ts'
import type {
  Capabilities,
  ClusterConnector,
  ClusterEvent,
  ConfidentialSecret,
  ConfidentialSecretEvent,
  ObserveOptions,
  ServedKind,
} from '../../model/cluster.ts'
import { SERVER_TRAITS } from '../../model/cluster-traits.ts'
import { CodedError, fromFailure } from '../../model/failure.ts'
import { type GroupKind, groupKindText, type KubernetesObject, type ObjectKey } from '../../model/object.ts'
import { confidentialSecret } from '../confidential-secret.ts'
import { createConnectionStatus } from '../connection-status.ts'
import { mergeScopes } from '../merge-streams.ts'
import type { ServerLimits } from '../options.ts'
import { requireKubernetesObject } from './api/list.ts'
import { fetchOpenApi } from './api/openapi.ts'
import { createServerCapabilities } from './api/server-capabilities.ts'
import { mayBeAggregated, objectPath, subjectOf } from './api/target.ts'
import { createServerClient } from './client.ts'
import type { LoadServerAccess } from './credentials/access.ts'
import { namingCluster, RefusedError } from './failures.ts'
import { observeScope } from './observe.ts'
import { createSession } from './session.ts'

export interface ServerConnectorOptions {
  readonly name: string
  readonly load: LoadServerAccess
  readonly redactionKey: RedactionKey
  readonly limits: ServerLimits
  readonly environment: Readonly<Record<string, string | undefined>>
}

const SECRET: GroupKind = { group: '', kind: 'Secret' }

/** A cluster that is read from its API server. */
export function createServerConnector(options: ServerConnectorOptions): ClusterConnector {
  const { name, redactionKey, limits } = options
  const session = createSession(options.load, limits, options.environment)
  const connection = createConnectionStatus(name, session.url)
  const client = createServerClient(session, connection, limits)
  const known = createServerCapabilities(client, connection, limits)
  const closed = new AbortController()

  /** Aborts with the connector, and adds the cluster's name to every error. */
  async function within<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await work(AbortSignal.any([signal, closed.signal]))
    } catch (error) {
      throw error instanceof CodedError ? namingCluster(name, error) : error
    }
  }

  async function resolve(kind: GroupKind, fresh: boolean, signal: AbortSignal): Promise<ServedKind> {
    const find = ({ capabilities }: { readonly capabilities: Capabilities }) => {
      const failure = capabilities.failure(kind)
      if (failure !== undefined) throw fromFailure(failure)
      return capabilities.kind(kind)
    }
    // The second lookup: a missing kind shortens the age of the cache, and may have been added since.
    const served = find(fresh ? await known.refresh(signal) : await known.get(signal)) ?? find(await known.get(signal))
    if (served === undefined)
      throw new CodedError('GDE_CLUSTER_KIND', `${groupKindText(kind)} is not served by the cluster`)
    return served
  }

  async function resolveListable(kind: GroupKind, fresh: boolean, signal: AbortSignal): Promise<ServedKind> {
    const served = await resolve(kind, fresh, signal)
    if (served.verbs.includes('list')) return served
    throw new CodedError('GDE_CLUSTER_KIND', `${groupKindText(kind)} can be sent to the cluster but not read from it`)
  }

  async function getObject(key: ObjectKey, signal: AbortSignal): Promise<KubernetesObject | undefined> {
    const served = await resolve(key, false, signal)
    const subject = `${subjectOf(served, key.namespace)}: ${key.name}`
    try {
      const path = objectPath(served, key)
      const aggregated = mayBeAggregated(served)
      const { body } = await client.json({ verb: 'get', path, subject, kind: served, aggregated }, signal)
      return requireKubernetesObject(body, subject)
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404 && error.isKubernetesStatus) return undefined
      throw error
    }
  }

  async function* observe(kind: GroupKind, what: ObserveOptions, signal: AbortSignal): AsyncGenerator<ClusterEvent> {
    const all = AbortSignal.any([signal, closed.signal])
    const selectors = {
      ...(what.fieldSelector === undefined ? {} : { fieldSelector: what.fieldSelector }),
      ...(what.labelSelector === undefined ? {} : { labelSelector: what.labelSelector }),
    }
    const resolveKind = (fresh: boolean, at: AbortSignal) => resolveListable(kind, fresh, at)
    const open = (namespace: string | undefined) => (at: AbortSignal) =>
      observeScope({ client, connection, limits, kind, namespace, selectors, resolve: resolveKind }, at)
    const namespaces = [...new Set(what.namespaces ?? [undefined])]
    try {
      const [only] = namespaces
      const events = namespaces.length === 1 ? open(only)(all) : mergeScopes(namespaces.map(open), all)
      for await (const event of events)
        yield event.type === 'Lost' ? { ...event, failure: { ...event.failure, cluster: name } } : event
    } catch (error) {
      if (all.aborted) return
      throw error instanceof CodedError ? namingCluster(name, error) : error
    }
  }

  return {
    name,
    traits: SERVER_TRAITS,
    identity: (signal) =>
      within(signal, async (at) => {
        try {
          const namespace = await getObject({ group: '', kind: 'Namespace', namespace: '', name: 'kube-system' }, at)
          if (typeof namespace?.metadata.uid === 'string') return namespace.metadata.uid
        } catch (error) {
          if (!(error instanceof CodedError) || error.failure.code !== 'GDE_CLUSTER_FORBIDDEN') throw error
        }
        const { address } = await session.open(at)
        return createHash('sha256')
          .update(`${address.url}\n${address.ca ?? ''}`)
          .digest('hex')
      }),
    capabilities: (signal) => within(signal, async (at) => (await known.get(at)).capabilities),
    openapi: (group, version, signal) =>
      within(signal, async (at) => fetchOpenApi(client, (await known.get(at)).openapi, group, version, at)),
    observe: async function* (kind, what, signal) {
      for await (const event of observe(kind, what, signal))
        yield event.type === 'Upsert' ? { ...event, object: redactObject(event.object, redactionKey) } : event
    },
    get: (key, signal) =>
      within(signal, async (at) => {
        const object = await getObject(key, at)
        return object === undefined ? undefined : redactObject(object, redactionKey)
      }),
    readSecret: (namespace, secretName, signal): Promise<ConfidentialSecret | undefined> =>
      within(signal, async (at) => {
        const object = await getObject({ ...SECRET, namespace, name: secretName }, at)
        return object === undefined ? undefined : confidentialSecret(object)
      }),
    observeSecrets: async function* (what, signal): AsyncGenerator<ConfidentialSecretEvent> {
      for await (const event of observe(SECRET, what, signal)) {
        if (event.type === 'Upsert') yield { type: 'Upsert', secret: confidentialSecret(event.object) }
        else if (event.type === 'Delete') yield { type: 'Delete', namespace: event.key.namespace, name: event.key.name }
        else yield event
      }
    },
    dryRunApply: (object, fieldManager, signal) =>
      within(signal, async (at) => {
        const key = keyFor(object)
        const served = withVersion(await resolve(key, false, at), object)
        const subject = `${subjectOf(served, key.namespace)}: ${key.name}`
        try {
          const { body } = await client.json(
            {
              verb: 'apply',
              path: objectPath(served, key),
              query: { dryRun: 'All', fieldManager, force: 'true' },
              body: { text: printJson(object), type: 'application/apply-patch+yaml' },
              subject,
              kind: served,
            },
            at,
          )
          return requireKubernetesObject(body, subject)
        } catch (error) {
          if (!(error instanceof RefusedError) || ![400, 404, 409, 422].includes(error.status)) throw error
          throw new CodedError('GDE_CLUSTER_REFUSED', error.message, {}, { cause: error })
        }
      }),
    status: () => connection.status(),
    close: async () => {
      closed.abort()
      await session.close()
    },
  }
}

/** @throws CodedError `GDE_NOT_PERMITTED` for Secrets, whose values are not here any more */
function keyFor(object: KubernetesObject): ObjectKey {
  const key = objectKey(object)
  if (key.group === '' && key.kind === 'Secret')
    throw new CodedError('GDE_NOT_PERMITTED', 'Secrets are not sent to the API server: their values are redacted')
  return key
}

/** Managed fields are kept per version: an apply must use the one that is declared. */
function withVersion(served: ServedKind, object: KubernetesObject): ServedKind {
  const { version } = groupVersion(object.apiVersion)
  return { ...served, versions: [version, ...served.versions.filter((other) => other !== version)] }
}
