import { asKubernetesObject, objectKey } from '../../src/kubernetes/object.ts'
import { redactObject } from '../../src/kubernetes/redaction.ts'
import { readYamlDocuments } from '../../src/kubernetes/serialization/yaml.ts'
import { type KubernetesObject, objectKeyText } from '../../src/model/object.ts'
import type { Rendering } from '../../src/model/sources/rendering.ts'
import { REDACTION_KEY } from './rendering.ts'

/**
 * What `helm template` or `kustomize build` printed, as the renderer gives it: redacted; sorted, since the order has no
 * meaning.
 */
export function objectsOfText(text: string): readonly KubernetesObject[] {
  return sorted(
    readYamlDocuments(text)
      .filter(({ value }) => value !== null)
      .map(({ value }) => redactObject(asKubernetesObject(value), REDACTION_KEY)),
  )
}

export function objectsOf({ objects }: Rendering): readonly KubernetesObject[] {
  return sorted(objects.map(({ object }) => object))
}

function sorted(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const key = (object: KubernetesObject): string => `${objectKeyText(objectKey(object))} ${object.apiVersion}`
  return objects.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}
