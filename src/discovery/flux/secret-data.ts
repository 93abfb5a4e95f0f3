import { printJson } from '../../kubernetes/json.ts'
import type { ConfidentialSecret } from '../../model/cluster.ts'
import { Confidential } from '../../model/confidential.ts'

/** All values of a Secret as one JSON object. */
export function secretJson({ data }: ConfidentialSecret): Confidential {
  const values = Object.entries(data).map(([key, value]) => [key, value.reveal()] as const)
  return new Confidential(printJson(Object.fromEntries(values)))
}

/** What of a Git Secret is no credential: the user name and certificates; undefined when it is absent or empty. */
export function plainText({ data }: ConfidentialSecret, key: 'username' | 'caFile' | 'ca.crt'): string | undefined {
  const text = data[key]?.reveal() ?? ''
  return text === '' ? undefined : text
}

/** A credential, or undefined when there is none or it is empty. */
export function credential({ data }: ConfidentialSecret, key: string): Confidential | undefined {
  const value = Object.hasOwn(data, key) ? data[key] : undefined
  return value === undefined || value.reveal() === '' ? undefined : value
}
