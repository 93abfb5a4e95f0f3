import { isDeepStrictEqual } from 'node:util'
import { startReflector } from '../../concurrency/reflector.ts'
import { objectKey } from '../../kubernetes/object.ts'
import type {
  ClusterConnector,
  ClusterEvent,
  ConfidentialSecret,
  ObserveOptions,
} from '../../model/clusters/cluster.ts'
import { isUnservedKind } from '../../model/clusters/cluster-traits.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { GroupKind, KubernetesObject } from '../../model/object.ts'

/** One ConfigMap or Secret that a resource refers to. */
export interface Reference {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly namespace: string
  readonly name: string
}

export type ReferenceLookup =
  | { readonly state: 'pending' }
  | { readonly state: 'absent' }
  | { readonly state: 'failed'; readonly failure: Failure }
  | { readonly state: 'configMap'; readonly configMap: KubernetesObject }
  | { readonly state: 'secret'; readonly secret: ConfidentialSecret }

/** The referenced ConfigMaps and Secrets, in the clear; no others are read. */
export interface ReferenceInformer {
  /** Replaces the list of references to follow. */
  track(references: readonly Reference[]): void
  lookup(reference: Reference): ReferenceLookup
  /** Every tracked reference was read, or failed. */
  readonly complete: boolean
}

const KIND: Readonly<Record<Reference['kind'], GroupKind>> = {
  ConfigMap: { group: '', kind: 'ConfigMap' },
  Secret: { group: '', kind: 'Secret' },
}
/** After failures, and where the kind cannot be watched. */
const RETRY = { firstMs: 15_000, longestMs: 15_000 }
/** Of Helm's storage: large, many, and never referred to. */
const NO_RELEASES = 'type!=helm.sh/release.v1'

interface Watched {
  readonly stop: AbortController
  readonly names: Set<string>
}

/**
 * Keeps references up to date. One observation for each kind and namespace shows when a name changed, by metadata alone; the object is
 * then read by itself.
 */
export function startReferenceInformer(
  connector: Pick<ClusterConnector, 'name' | 'observe' | 'get' | 'readSecret'>,
  onChange: () => void,
  signal: AbortSignal,
): ReferenceInformer {
  const known = new Map<string, ReferenceLookup>()
  const watched = new Map<string, Watched>()
  /** The latest read of each reference: an earlier one that answers later is dropped. */
  const latest = new Map<string, symbol>()

  async function read(reference: Reference): Promise<void> {
    const text = textOf(reference)
    const reading = Symbol(text)
    latest.set(text, reading)
    const lookup = await lookUp(connector, reference, signal).catch((thrown: unknown): ReferenceLookup => {
      const failure = toFailure(thrown, { cluster: connector.name })
      // What has none of the kind cannot have this one.
      return isUnservedKind(failure) ? { state: 'absent' } : { state: 'failed', failure }
    })
    if (signal.aborted || latest.get(text) !== reading) return
    latest.delete(text)
    const before = known.get(text)
    if (before === undefined || isSame(before, lookup)) return
    known.set(text, lookup)
    onChange()
  }

  function watch(kind: Reference['kind'], namespace: string): Watched {
    const text = `${kind}/${namespace}`
    const open = watched.get(text)
    if (open !== undefined) return open
    const made: Watched = { stop: new AbortController(), names: new Set() }
    watched.set(text, made)
    follow(kind, namespace, made, AbortSignal.any([signal, made.stop.signal]))
    return made
  }

  function follow(kind: Reference['kind'], namespace: string, { names }: Watched, until: AbortSignal): void {
    const observe = changesOf(kind, namespace, names)
    const readAgain = (name: string): void => {
      if (names.has(name)) void read({ kind, namespace, name })
    }
    const readAll = (): void => {
      for (const name of names) readAgain(name)
    }
    let listed = false
    let begun = false
    startReflector<ClusterEvent>(
      {
        observe: (signal) => connector.observe(KIND[kind], observe, signal),
        onBegin() {
          // Listing may be forbidden while reading is not: each retry reads the references, whose failures say what
          // is wrong.
          if (begun) readAll()
          begun = true
          listed = false
        },
        onEvent(event) {
          if (event.type === 'Lost') listed = false
          else if (event.type === 'Delete') readAgain(event.key.name)
          else if (event.type === 'Upsert' && listed) readAgain(objectKey(event.object).name)
          else if (event.type === 'Synced') {
            // No event reports what changed between the first read and this list.
            readAll()
            listed = true
          }
          return undefined
        },
        onEnd: () => undefined,
        backoff: RETRY,
      },
      until,
    )
  }

  return {
    track(references) {
      const wanted = new Map(references.map((reference) => [textOf(reference), reference]))
      for (const text of known.keys()) if (!wanted.has(text)) known.delete(text)
      for (const { names } of watched.values()) names.clear()
      for (const [text, reference] of wanted) {
        watch(reference.kind, reference.namespace).names.add(reference.name)
        if (known.has(text)) continue
        known.set(text, { state: 'pending' })
        void read(reference)
      }
      for (const [text, { names, stop }] of watched) {
        if (names.size > 0) continue
        stop.abort()
        watched.delete(text)
      }
    },
    lookup: (reference) => known.get(textOf(reference)) ?? { state: 'pending' },
    get complete() {
      return known.values().every(({ state }) => state !== 'pending')
    },
  }
}

function changesOf(kind: Reference['kind'], namespace: string, names: ReadonlySet<string>): ObserveOptions {
  return {
    namespaces: [namespace],
    ...(kind === 'Secret' && { fieldSelector: NO_RELEASES }),
    metadataOnly: true,
    interest: {
      concerns: ({ metadata }) => names.has(metadata.name),
      held: () => [...names].map((name) => ({ ...KIND[kind], namespace, name })),
    },
  }
}

async function lookUp(
  connector: Pick<ClusterConnector, 'get' | 'readSecret'>,
  { kind, namespace, name }: Reference,
  signal: AbortSignal,
): Promise<ReferenceLookup> {
  if (kind === 'Secret') {
    const secret = await connector.readSecret(namespace, name, signal)
    return secret === undefined ? { state: 'absent' } : { state: 'secret', secret }
  }
  const configMap = await connector.get({ ...KIND.ConfigMap, namespace, name }, signal)
  return configMap === undefined ? { state: 'absent' } : { state: 'configMap', configMap }
}

/** Confidential values cannot be compared, so a Secret always counts as changed. */
function isSame(before: ReferenceLookup, now: ReferenceLookup): boolean {
  return now.state !== 'secret' && isDeepStrictEqual(before, now)
}

function textOf({ kind, namespace, name }: Reference): string {
  return `${kind}/${namespace}/${name}`
}
