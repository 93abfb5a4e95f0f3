import { createHash } from 'node:crypto'
import type { ServedKind } from '../../model/clusters/cluster.ts'
import { CodedError } from '../../model/failure.ts'
import { type GroupKind, groupKindText } from '../../model/object.ts'
import type { ServerLimits } from '../options.ts'
import { listPages } from './api/list.ts'
import { findOpenApi } from './api/openapi.ts'
import type { ServerCapabilities } from './api/server-capabilities.ts'
import type { StreamedLists } from './api/streamed-lists.ts'
import { apiVersionOf, mayBeAggregated, type Target, versionOf } from './api/target.ts'
import { streamedListEvents } from './api/watch.ts'
import type { ServerClient } from './client.ts'
import { RefusedError } from './failures.ts'
import type { ServedObjects } from './served-objects.ts'

export interface LineageOptions {
  readonly client: ServerClient
  readonly known: ServerCapabilities
  readonly objects: ServedObjects
  readonly streamed: StreamedLists
  readonly limits: ServerLimits
  /** Where the server is. */
  readonly url: () => string
}

const NAMESPACE: GroupKind = { group: '', kind: 'Namespace' }
const SYSTEM = 'kube-system'
const VERSION = /^\d{1,20}$/
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'

/**
 * What a resourceVersion is a version of. A number alone says nothing: an etcd that was made anew counts from the start, and takes a watch
 * from a version that it has never had without a word.
 */
export class Lineage {
  readonly #options: LineageOptions
  #uid: Promise<string | undefined> | undefined
  #version: Promise<string> | undefined

  constructor(options: LineageOptions) {
    this.#options = options
  }

  /**
   * Changes with the cluster (the UID of kube-system lives as long as its etcd), with the server's address and version, and with what the
   * kind looks like: then the same object may read differently, though no event says so. '' where the UID may not be read.
   */
  async of(kind: GroupKind, signal: AbortSignal): Promise<string> {
    const { client, known, objects, url } = this.#options
    const served = await objects.listableKind(kind, false, signal)
    this.#uid ??= objects.get({ ...NAMESPACE, namespace: '', name: SYSTEM }, signal).then(
      (namespace) => (typeof namespace?.metadata.uid === 'string' ? namespace.metadata.uid : undefined),
      (error: unknown) => {
        this.#uid = undefined
        throw error
      },
    )
    const [uid, { capabilities, openapi }] = await Promise.all([this.#uid, known.get(signal)])
    if (uid === undefined) return ''
    const schema = findOpenApi(client, openapi, served.group, versionOf(served))?.hash ?? ''
    const parts = [uid, url(), capabilities.kubeVersion, apiVersionOf(served), served.resource, schema]
    return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
  }

  /** Why a watch may not begin at a version of that lineage; undefined where it may. @throws CodedError where the server does not say */
  async refusal(
    served: ServedKind,
    from: { readonly lineage: string; readonly version: string },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (!served.verbs.includes('watch')) return 'the kind cannot be watched'
    if (from.lineage === '' || from.lineage !== (await this.of(served, signal)))
      return 'the cluster, its version or the schema of the kind is another'
    if (mayBeAggregated(served) && !(await this.#isOfServer(served, signal)))
      return 'no CustomResourceDefinition shows that the kind is kept by the API server itself'
    this.#version ??= this.#currentVersion(signal)
    const current = await this.#version.catch((error: unknown) => {
      this.#version = undefined
      throw error
    })
    // A backup may have been restored.
    if (!VERSION.test(from.version) || !VERSION.test(current) || BigInt(from.version) > BigInt(current))
      return 'the server has not come to that version'
    return undefined
  }

  /** A server behind this one has an etcd of its own, of which nothing is known. */
  async #isOfServer({ group, resource }: ServedKind, signal: AbortSignal): Promise<boolean> {
    if (group.endsWith('.k8s.io')) return true
    const name = `${resource}.${group}`
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${encodeURIComponent(name)}`
    try {
      await this.#options.client.json({ verb: 'get', path, accept: METADATA_ONLY, subject: name }, signal)
      return true
    } catch (error) {
      if (error instanceof RefusedError && (error.status === 403 || error.status === 404)) return false
      throw error
    }
  }

  /** The version that the server is at, for all kinds that it keeps itself: that of a list of one object, which is streamed where it can be. */
  async #currentVersion(signal: AbortSignal): Promise<string> {
    const { client, objects, streamed, limits } = this.#options
    const served = await objects.listableKind(NAMESPACE, false, signal)
    const selectors = { fieldSelector: `metadata.name=${SYSTEM}` }
    const target: Target = { served, namespace: undefined, selectors, metadataOnly: true }
    if (streamed.mayStream(served)) {
      try {
        for await (const events of streamedListEvents(client, target, limits, () => true, signal))
          for (const event of events) if (event.type === 'Listed') return event.resourceVersion
      } catch (error) {
        streamed.noteFailure(served, error)
        throw error
      }
    }
    for await (const { resourceVersion } of listPages(client, target, limits, signal)) return resourceVersion
    throw new CodedError('GDE_CLUSTER_PROTOCOL', `a list of ${groupKindText(NAMESPACE)} has no page`)
  }
}
