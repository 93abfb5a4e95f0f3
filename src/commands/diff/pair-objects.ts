import { objectKey } from '../../kubernetes/object.ts'
import type { Failure } from '../../model/failure.ts'
import { type KubernetesObject, objectKeyText } from '../../model/object.ts'

/** The live side of a comparison of files. */
export interface LiveObjects {
  /** CustomResourceDefinitions, which tell the schemas of their kinds. */
  readonly definitions: readonly KubernetesObject[]
  take(desired: KubernetesObject): Counterpart
  /** Objects that `take` has not returned. */
  rest(): Iterable<KubernetesObject>
}

/** The live counterpart, undefined when there is none; a reason when it is unknown which it is. */
export type Counterpart =
  | { readonly known: true; readonly live: KubernetesObject | undefined }
  | { readonly known: false; readonly reason: Failure }

/**
 * Live objects by key. Of an object that is there twice the last one counts, as in a log of changes.
 * @param unread why some of them could not be read: an object that is not found is unknown then
 */
export function pairObjects(objects: readonly KubernetesObject[], unread?: Failure): LiveObjects {
  const byKey = new Map<string, KubernetesObject>()
  const byName = new Map<string, Set<string>>()
  for (const object of objects) {
    const key = objectKey(object)
    const text = objectKeyText(key)
    byKey.set(text, object)
    const name = objectKeyText({ ...key, namespace: '' })
    const texts = byName.get(name) ?? new Set<string>()
    byName.set(name, texts.add(text))
  }
  const taken = new Set<string>()
  const takeKey = (text: string): Counterpart => {
    taken.add(text)
    const live = byKey.get(text)
    return live === undefined && unread !== undefined ? { known: false, reason: unread } : { known: true, live }
  }
  return {
    definitions: objects.filter((object) => object.kind === 'CustomResourceDefinition'),
    take: (desired) => {
      const key = objectKey(desired)
      const exact = objectKeyText(key)
      if (byKey.has(exact)) return takeKey(exact)
      const elsewhere = objectKeyText({ ...key, namespace: '' })
      // Git may leave the namespace to the controller, or give one to an object that has none.
      if (key.namespace !== '') return takeKey(elsewhere)
      const candidates = [...(byName.get(elsewhere) ?? [])]
      const [only] = candidates
      if (candidates.length > 1) return { known: false, reason: ambiguous(desired, candidates.length) }
      return takeKey(only ?? exact)
    },
    rest: () => [...byKey].flatMap(([text, object]) => (taken.has(text) ? [] : [object])),
  }
}

function ambiguous({ kind, metadata }: KubernetesObject, count: number): Failure {
  return {
    code: 'GDE_RENDER_OBJECT',
    message: `${kind} ${metadata.name} is declared without a namespace, and there are ${count} live ones of that name`,
  }
}
