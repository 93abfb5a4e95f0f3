import { createEventLoopSlice } from '../../src/concurrency/event-loop-slice.ts'
import { startReleaseInformer } from '../../src/discovery/helm/release-informer.ts'
import { startObjectInformer } from '../../src/discovery/informers/object-informer.ts'
import { startReferenceInformer } from '../../src/discovery/informers/reference-informer.ts'
import { startSecretInformer } from '../../src/discovery/informers/secret-informer.ts'
import { type KindInformer, startKindInformer } from '../../src/engine/live/kind-informer.ts'
import { unpackLive } from '../../src/engine/live/live-object.ts'
import { UnreadBuffers } from '../../src/engine/live/unread-buffers.ts'
import type { ClusterConnector } from '../../src/model/clusters/cluster.ts'
import type { Failure } from '../../src/model/failure.ts'
import { isJsonObject, type Json } from '../../src/model/json.ts'
import { type KubernetesObject, objectKeyText } from '../../src/model/object.ts'
import type { Manifest } from '../servers/served-collection.ts'

/** The objects that a test may make; some users have to be told before which matter to them. */
export const NAMES = ['a', 'b', 'c', 'd', 'e'] as const

/** What something that lists and watches knows now. */
export interface Knowledge {
  /** The text of each object that it knows, by name. */
  seen(): Readonly<Record<string, string>>
  /** It was listed, and there is contact now. */
  isComplete(): boolean
  failure(): Failure | undefined
}

/** Something that lists and watches by the reflector. */
export interface ReflectorUser {
  readonly title: string
  readonly collection: { readonly kind: string; readonly resource: string }
  /** Shortest pause after the connector gave the observation up. Milliseconds. */
  readonly shortestRetryMs: number
  nameOf(name: string): string
  manifest(name: string, text: string): Manifest
  start(connector: ClusterConnector, signal: AbortSignal): Knowledge
}

const CONFIG_MAPS = { kind: 'ConfigMap', resource: 'configmaps' }
const SECRETS = { kind: 'Secret', resource: 'secrets' }
const CONFIG_MAP = { group: '', kind: 'ConfigMap' }
const changed = (): void => undefined

const configMap = (name: string, text: string): Manifest & { readonly data: object } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data: { text },
})

const secret = (name: string, text: string): Manifest & { readonly data: object } => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop' },
  data: { text: Buffer.from(text).toString('base64') },
})

const releaseName = (name: string): string => `sh.helm.release.v1.${name}.v1`

const release = (name: string, text: string): Manifest & { readonly data: object } => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: releaseName(name), namespace: 'shop', labels: { owner: 'helm', name, status: 'deployed' } },
  data: { release: Buffer.from(text).toString('base64') },
})

export const USERS: readonly ReflectorUser[] = [
  {
    title: 'the informer of objects in discovery',
    collection: CONFIG_MAPS,
    shortestRetryMs: 500,
    nameOf: (name) => name,
    manifest: configMap,
    start(connector, signal) {
      const informer = startObjectInformer({ connector, kind: CONFIG_MAP, observe: {}, onChange: changed }, signal)
      return {
        seen: () => byName([...informer.objects.values()].map((object) => [object.metadata.name, textOf(object)])),
        isComplete: () => informer.state === 'listed' && informer.failure === undefined,
        failure: () => informer.failure,
      }
    },
  },
  {
    title: 'the informer of Secrets in discovery',
    collection: SECRETS,
    shortestRetryMs: 500,
    nameOf: (name) => name,
    manifest: secret,
    start(connector, signal) {
      const informer = startSecretInformer(connector, { labelSelector: 'chosen' }, changed, signal)
      return {
        seen: () => byName([...informer.items.values()].map(({ name, data }) => [name, data.text?.reveal() ?? ''])),
        isComplete: () => informer.state === 'listed' && informer.failure === undefined,
        failure: () => informer.failure,
      }
    },
  },
  {
    title: "the informer of Helm's releases",
    collection: SECRETS,
    shortestRetryMs: 500,
    nameOf: releaseName,
    manifest: release,
    start(connector, signal) {
      const informer = startReleaseInformer(connector, ['shop'], changed, signal)
      return {
        seen: () =>
          byName(
            [...informer.releases].flatMap(([key, one]) =>
              'failure' in one ? [] : [[key.slice('shop/'.length), one.content.reveal()]],
            ),
          ),
        isComplete: () => informer.complete && informer.failure === undefined,
        failure: () => informer.failure,
      }
    },
  },
  {
    title: 'the informer of references',
    collection: CONFIG_MAPS,
    shortestRetryMs: 7500,
    nameOf: (name) => name,
    manifest: configMap,
    start(connector, signal) {
      const informer = startReferenceInformer(connector, changed, signal)
      const references = NAMES.map((name) => ({ kind: 'ConfigMap', namespace: 'shop', name }) as const)
      informer.track(references)
      const lookups = () => references.map((one) => ({ name: one.name, lookup: informer.lookup(one) }))
      const failure = (): Failure | undefined =>
        lookups().flatMap(({ lookup }) => (lookup.state === 'failed' ? lookup.failure : []))[0]
      return {
        seen: () =>
          byName(
            lookups().flatMap(({ name, lookup }) =>
              lookup.state === 'configMap' ? [[name, textOf(lookup.configMap)]] : [],
            ),
          ),
        isComplete: () => informer.complete && failure() === undefined,
        failure,
      }
    },
  },
  {
    title: "the engine's informer of a kind",
    collection: CONFIG_MAPS,
    shortestRetryMs: 50,
    nameOf: (name) => name,
    manifest: configMap,
    start(connector, signal) {
      const informer: KindInformer = startKindInformer({
        connector,
        kind: CONFIG_MAP,
        observe: {},
        slice: createEventLoopSlice(),
        now: Date.now,
        backoff: { firstMs: 100, longestMs: 100 },
        random: Math.random,
        isMarked: () => false,
        onChange() {
          changed()
          return false
        },
        unread: new UnreadBuffers(),
        onWaiting: () => undefined,
        onPhase: changed,
      })
      signal.addEventListener('abort', () => informer.stop(), { once: true })
      const keys = NAMES.map((name) => ({ ...CONFIG_MAP, namespace: 'shop', name }))
      for (const key of keys) informer.want(key, objectKeyText(key))
      const looks = () => keys.map((key) => ({ name: key.name, live: informer.look(objectKeyText(key)) }))
      return {
        seen: () =>
          byName(
            looks().flatMap(({ name, live }) =>
              live.state === 'present' ? [[name, textOf(unpackLive(live.live))]] : [],
            ),
          ),
        isComplete: () => informer.phase.phase === 'synced' && looks().every(({ live }) => live.state !== 'pending'),
        failure: () => ('failure' in informer.phase ? informer.phase.failure : undefined),
      }
    },
  },
]

function byName(entries: readonly (readonly [string, string] | string[])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(entries.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)))
}

function textOf(object: KubernetesObject): string {
  const data: Json | undefined = object.data
  return isJsonObject(data) && typeof data.text === 'string' ? data.text : ''
}
