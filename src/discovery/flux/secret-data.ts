import { parseJson, printJson } from '../../kubernetes/serialization/json.ts'
import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import type { ConfidentialSecret } from '../../model/clusters/cluster.ts'
import { Confidential } from '../../model/confidential.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import { listAt, objectAt, textAt } from '../fields/lenient-fields.ts'

const asJson = new WeakMap<ConfidentialSecret, Confidential>()

/** All values of a Secret as one JSON object: the same object for the same Secret, so that it is encrypted once. */
export function secretJson(secret: ConfidentialSecret): Confidential {
  const values = Object.entries(secret.data).map(([key, value]) => [key, value.reveal()] as const)
  const json = asJson.get(secret) ?? new Confidential(printJson(Object.fromEntries(values)))
  asJson.set(secret, json)
  return json
}

/** The API servers that a kubeconfig names; none where it is no kubeconfig. */
export function kubeconfigServers(kubeconfig: Confidential): readonly string[] {
  return listAt(kubeconfigDocument(kubeconfig), 'clusters').map((entry) => textAt(objectAt(entry, 'cluster'), 'server'))
}

function kubeconfigDocument(kubeconfig: Confidential): JsonObject {
  try {
    const value = readYamlDocuments(kubeconfig.reveal())[0]?.value
    return isJsonObject(value) ? value : {}
  } catch (error) {
    // The connector of the cluster reports what is wrong with it.
    if (error instanceof CodedError) return {}
    throw error
  }
}

/** `auths` of a Docker config; undefined where it is none. */
export function dockerAuths(config: Confidential): JsonObject | undefined {
  try {
    const read = parseJson(config.reveal())
    return isJsonObject(read) && isJsonObject(read.auths) ? read.auths : undefined
  } catch (error) {
    // Who asks says so: the message could quote it.
    if (error instanceof CodedError) return undefined
    throw error
  }
}

/** What of a Git Secret is no credential: names, addresses, certificates, public keys. */
type PlainKey =
  | 'username'
  | 'caFile'
  | 'ca.crt'
  | 'known_hosts'
  | 'address'
  | 'githubAppID'
  | 'githubAppInstallationID'
  | 'githubAppInstallationOwner'
  | 'githubAppBaseURL'

/** Undefined when it is absent or empty. */
export function plainText({ data }: ConfidentialSecret, key: PlainKey): string | undefined {
  const text = data[key]?.reveal() ?? ''
  return text === '' ? undefined : text
}

/** A credential, or undefined when there is none or it is empty. */
export function credential(secret: ConfidentialSecret, key: string): Confidential | undefined {
  return kubeconfigOf(secret, key)?.use()
}

/** A kubeconfig holds credentials among what is none: the connector finds them. Undefined as above. */
export function kubeconfigOf({ data }: ConfidentialSecret, key: string): Confidential | undefined {
  const value = Object.hasOwn(data, key) ? data[key] : undefined
  return value === undefined || value.reveal() === '' ? undefined : value
}
