import { readYamlDocuments } from '../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../model/failure.ts'
import type { Json } from '../../model/json.ts'

/** Names that charts usually give to secret values. */
const SECRET_NAME = /passw|passphrase|secret|token|credential|private.?key|api.?key/i
/** `secretName`, `existingSecret`, `imagePullSecrets[].name`: names of objects, which are not secret. */
const NAME_OF_OBJECT = /(?:name|ref)$|^existing/i
/** Shorter values are not hidden: they are no secrets, and would match all over the message. */
const SHORTEST_SECRET = 4

/**
 * An error of a template may quote any value: `fail`, `required` and functions of sprig do. Values whose name suggests
 * a secret are removed, since messages are logged and shown.
 * @param texts the values that the chart was rendered with, as YAML; one that cannot be read holds nothing that a
 * template has seen
 * @param parameters by their names, as `helm --set` takes them
 */
export function withoutSecretValues(
  { failure }: CodedError,
  texts: readonly string[],
  parameters: readonly { readonly name: string; readonly value: string }[],
): CodedError {
  const secrets = new Set(parameters.filter(({ name }) => isSecretName(name, false)).map(({ value }) => value))
  for (const text of texts) for (const value of valuesOf(text)) collectSecrets(value, false, secrets)
  const { code, message, ...where } = failure
  // The longest first: one may be a part of another.
  const hidden = [...secrets]
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((one, two) => two.length - one.length)
    .reduce((said, secret) => said.replaceAll(secret, '[hidden]'), message)
  return new CodedError(code, hidden, where)
}

function isSecretName(name: string, within: boolean): boolean {
  return (within || SECRET_NAME.test(name)) && !NAME_OF_OBJECT.test(name)
}

function valuesOf(text: string): readonly Json[] {
  try {
    return readYamlDocuments(text).map(({ value }) => value)
  } catch (error) {
    if (error instanceof CodedError) return []
    throw error
  }
}

function collectSecrets(value: Json, isSecret: boolean, found: Set<string>): void {
  if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) collectSecrets(inner, isSecretName(key, isSecret), found)
  else if (isSecret && (typeof value === 'string' || typeof value === 'number')) found.add(String(value))
}
