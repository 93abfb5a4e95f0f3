import { groupVersion, objectKey } from '../../kubernetes/object.ts'
import { printJson } from '../../kubernetes/serialization/json.ts'
import type { Capabilities, ServedKind } from '../../model/clusters/cluster.ts'
import { CodedError, fromFailure } from '../../model/failure.ts'
import { type GroupKind, groupKindText, type KubernetesObject, type ObjectKey } from '../../model/object.ts'
import { requireObject } from './api/sent-object.ts'
import type { ServerCapabilities } from './api/server-capabilities.ts'
import { mayBeAggregated, objectPath, subjectOf } from './api/target.ts'
import type { ServerClient } from './client.ts'
import { RefusedError } from './failures.ts'

/** Single objects of a server, at the URL under which it serves their kind now. Nothing is redacted yet. */
export class ServedObjects {
  readonly #client: ServerClient
  readonly #capabilities: ServerCapabilities

  constructor(client: ServerClient, capabilities: ServerCapabilities) {
    this.#client = client
    this.#capabilities = capabilities
  }

  /** @param fresh does not trust the cache @throws CodedError `GDE_CLUSTER_KIND` when it is not served, or no list of it */
  async listableKind(kind: GroupKind, fresh: boolean, signal: AbortSignal): Promise<ServedKind> {
    const served = await this.#kind(kind, fresh, signal)
    if (served.verbs.includes('list')) return served
    throw new CodedError('GDE_CLUSTER_KIND', `${groupKindText(kind)} can be sent to the cluster but not read from it`)
  }

  async get(key: ObjectKey, signal: AbortSignal): Promise<KubernetesObject | undefined> {
    const served = await this.#kind(key, false, signal)
    // A manifest may lack the namespace that the server asks for (400): there is no such object, and asking again changes nothing.
    if (served.namespaced && key.namespace === '') return undefined
    const subject = `${subjectOf(served, key.namespace)}: ${key.name}`
    try {
      const path = objectPath(served, key)
      const aggregated = mayBeAggregated(served)
      const { body } = await this.#client.json({ verb: 'get', path, subject, kind: served, aggregated }, signal)
      return requireObject(body, subject)
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404 && error.isKubernetesStatus) return undefined
      throw error
    }
  }

  /** @throws CodedError `GDE_CLUSTER_REFUSED` for what the server does not accept */
  async dryRunApply(object: KubernetesObject, fieldManager: string, signal: AbortSignal): Promise<KubernetesObject> {
    const key = applyKey(object)
    const served = withVersion(await this.#kind(key, false, signal), object)
    const subject = `${subjectOf(served, key.namespace)}: ${key.name}`
    try {
      const { body } = await this.#client.json(
        {
          verb: 'apply',
          path: objectPath(served, key),
          query: { dryRun: 'All', fieldManager, force: 'true' },
          body: { text: printJson(object), type: 'application/apply-patch+yaml' },
          subject,
          kind: served,
        },
        signal,
      )
      return requireObject(body, subject)
    } catch (error) {
      if (!(error instanceof RefusedError) || ![400, 404, 409, 422].includes(error.status)) throw error
      throw new CodedError('GDE_CLUSTER_REFUSED', error.message, {}, { cause: error })
    }
  }

  async #kind(kind: GroupKind, fresh: boolean, signal: AbortSignal): Promise<ServedKind> {
    const known = this.#capabilities
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
}

/** @throws CodedError `GDE_NOT_PERMITTED` for Secrets, whose values are not here any more */
function applyKey(object: KubernetesObject): ObjectKey {
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
