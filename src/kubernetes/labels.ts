const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/** What is wrong with a label key (`prefix/name`, as apimachinery's IsQualifiedName), or undefined. */
export function labelKeyError(key: string): string | undefined {
  const slash = key.indexOf('/')
  const prefix = slash === -1 ? undefined : key.slice(0, slash)
  const name = key.slice(slash + 1)
  if (prefix !== undefined && (prefix.length > 253 || !PREFIX.test(prefix)))
    return 'the part before "/" must be a DNS name in lower case'
  if (name.length > 63) return 'the name must have at most 63 characters'
  if (!NAME.test(name))
    return 'the name must be of letters, digits, "-", "_" and ".", with a letter or digit at both ends'
  return undefined
}

/** What is wrong with a label value, or undefined. */
export function labelValueError(value: string): string | undefined {
  if (value.length > 63) return 'it must have at most 63 characters'
  if (value !== '' && !NAME.test(value))
    return 'it must be of letters, digits, "-", "_" and ".", with a letter or digit at both ends'
  return undefined
}
