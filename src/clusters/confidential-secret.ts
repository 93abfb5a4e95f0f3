import { decodeBase64 } from '../kubernetes/serialization/base64.ts'
import type { ConfidentialSecret } from '../model/clusters/cluster.ts'
import { Confidential } from '../model/confidential.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { KubernetesObject } from '../model/object.ts'

/**
 * Decodes the values into Confidentials, which logs, JSON and structured clone cannot read. Invalid base64 is left
 * out.
 */
export function confidentialSecret(object: KubernetesObject): ConfidentialSecret {
  const { metadata, type, data, stringData } = object
  const values = new Map<string, Confidential>()
  for (const [name, value] of entries(data)) {
    const bytes = decodeBase64(value)
    if (bytes !== undefined) values.set(name, new Confidential(decodeText(bytes)))
  }
  // Only manifests in a snapshot have stringData; the server merges it over data.
  for (const [name, value] of entries(stringData)) values.set(name, new Confidential(value))
  return {
    namespace: typeof metadata.namespace === 'string' ? metadata.namespace : '',
    name: metadata.name,
    type: typeof type === 'string' ? type : 'Opaque',
    labels: Object.fromEntries(entries(metadata.labels)),
    annotations: Object.fromEntries(entries(metadata.annotations)),
    resourceVersion: typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : '',
    data: Object.fromEntries(values),
  }
}

/** UTF-8 where it is that; binary values keep their bytes as latin1. */
function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('latin1')
  }
}

function entries(value: Json | undefined): readonly (readonly [string, string])[] {
  if (!isJsonObject(value)) return []
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}
