import type { Json } from '../../model/json.ts'

/** A parsed value, and problems that people should know of: what of the input cannot be honoured. */
export interface Parsed<T> {
  readonly value: T
  readonly problems: readonly string[]
}

/**
 * The items of a list that can be read, and a problem for each of the others.
 * @param readItem gives what the item says, or in words why it cannot be honoured
 */
export function parseList<T extends object>(
  value: Json | undefined,
  name: string,
  readItem: (item: Json) => T | string,
): Parsed<readonly T[]> {
  if (value === undefined || value === null) return { value: [], problems: [] }
  if (!Array.isArray(value)) return { value: [], problems: [`${name} is not a list`] }
  const items: T[] = []
  const problems: string[] = []
  for (const [index, item] of value.entries()) {
    const read = readItem(item)
    if (typeof read === 'string') problems.push(`${name}[${index}]: ${read}`)
    else items.push(read)
  }
  return { value: items, problems }
}
