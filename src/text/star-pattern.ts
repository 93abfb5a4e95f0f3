/** Whether any pattern fits the name; `*` stands for any run of characters. */
export function matchesName(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, name))
}

/** `*` stands for any run of characters. Linear in both lengths for the usual one star, and never exponential. */
export function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.split('*')
  const [head = ''] = parts
  if (parts.length === 1) return pattern === name
  const tail = parts.at(-1) ?? ''
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false
  let from = head.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, from)
    if (found === -1 || found + part.length > name.length - tail.length) return false
    from = found + part.length
  }
  return true
}
