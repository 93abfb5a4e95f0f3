import { type GroupKind, groupKindText, objectKeyText } from '../../model/object.ts'
import { savedObject } from '../desired/packed-object.ts'
import type { SavedCluster, SavedContent, SavedKind, SavedObject } from '../state/live-format.ts'
import type { KindInformer } from './kind-informer.ts'
import type { KindUsage } from './kind-usage.ts'
import { LiveContent } from './live-content.ts'
import type { MarkedObjects } from './marked-objects.ts'
import { MAX_GETS } from './missing-objects.ts'
import type { HeldObjects } from './resumed-objects.ts'

/** Whether the value of a Secret may be in a live object: `open` where what Git declares says that none is. */
export type Confidentiality = 'open' | 'secret' | 'unknown'

/** Secrets are redacted under a key that no other process has, so what one holds of them is nothing to another. */
const isSecret = ({ group, kind }: GroupKind): boolean => group === '' && kind === 'Secret'

type ObservedKind = Pick<KindUsage, 'kind' | 'listedAt'> & { readonly watch: Pick<KindInformer, 'held'> | undefined }

/**
 * What the informers of a cluster hold, for the next process. An object that may hold the value of a Secret is left out, and got singly
 * then; a kind is left out where that would not be noticed, since no app declares the object.
 */
export function saveKinds(
  name: string,
  kinds: Iterable<ObservedKind>,
  marks: MarkedObjects,
  confidentiality: (keyText: string) => Confidentiality,
): SavedCluster | undefined {
  const registered = marks.registered()
  const saved: SavedKind[] = []
  for (const { kind, watch, listedAt } of kinds) {
    const held = isSecret(kind) ? undefined : watch?.held()
    const objects = held && openObjects(held, confidentiality)
    if (held === undefined || objects === undefined) continue
    const { lineage, versions } = held
    const known = registered.filter(({ at }) => at <= listedAt).length
    saved.push({ group: kind.group, kind: kind.kind, lineage, versions, marks: known, objects })
  }
  return saved.length === 0 ? undefined : { name, marks: registered.map(({ mark }) => mark), kinds: saved }
}

/** Undefined where one is unknown. */
function openObjects(
  { objects }: HeldObjects,
  confidentiality: (keyText: string) => Confidentiality,
): readonly SavedObject[] | undefined {
  const open: SavedObject[] = []
  for (const { key, live } of objects) {
    const found = confidentiality(objectKeyText(key))
    if (found === 'unknown') return undefined
    if (found === 'open') open.push({ namespace: key.namespace, name: key.name, ...live })
  }
  return open
}

/** What the process before held of one cluster. */
export class SavedKinds {
  readonly #kinds: Map<string, SavedKind>
  readonly #marks: readonly string[]
  readonly #contents: ContentOf

  constructor({ kinds, marks }: SavedCluster, contents: ContentOf) {
    this.#contents = contents
    this.#kinds = new Map(kinds.map((kind) => [groupKindText(kind), kind]))
    this.#marks = marks
  }

  /**
   * A kind, once. Undefined where nothing was held in that scope, objects were dropped then that an app of now tracks, or many are declared that were not
   * held: one list is cheaper than getting them singly.
   * @param namespaces absent: the whole cluster
   */
  take(
    { kind, declared }: Pick<KindUsage, 'kind' | 'declared'>,
    namespaces: readonly string[] | undefined,
    marks: MarkedObjects,
  ): HeldObjects | undefined {
    const saved = this.#kinds.get(groupKindText(kind))
    this.#kinds.delete(groupKindText(kind))
    if (saved === undefined || isSecret(kind)) return undefined
    const scopes = namespaces ?? ['']
    if (scopes.length !== saved.versions.size || !scopes.every((scope) => saved.versions.has(scope))) return undefined
    const known = new Set(this.#marks.slice(0, saved.marks))
    if (!marks.registered().every(({ mark }) => known.has(mark))) return undefined
    const objects = saved.objects.map(({ content, own, namespace, name }) => ({
      key: { group: kind.group, kind: kind.kind, namespace, name },
      live: { content: this.#contents(content), own },
    }))
    const held = new Set(objects.map(({ key }) => objectKeyText(key)))
    const lacking = [...declared.keys()].filter((keyText) => !held.has(keyText)).length
    return lacking > MAX_GETS ? undefined : { lineage: saved.lineage, versions: saved.versions, objects }
  }
}

/** The content that an object shares with all others of the process that say the same. */
export type ContentOf = (saved: SavedContent) => LiveContent

export function createContentOf(): ContentOf {
  const contents = new WeakMap<SavedContent, LiveContent>()
  return (saved) => {
    const content = contents.get(saved) ?? LiveContent.ofPacked(savedObject(saved.packed), saved.mark)
    contents.set(saved, content)
    return content
  }
}
