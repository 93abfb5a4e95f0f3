const MAX_LENGTH = 253
const MAX_QUANTIFIERS = 3

/** Patterns come from tenants, and names are short texts: what could make the matcher run for long is refused. */
const UNSAFE = /\(\?[=!<]|\\[1-9k]|\)[*+?{]/

/**
 * A regular expression for a whole text, as kustomize anchors those of patch targets. Looking around, back references, repeated
 * groups and more than three repetitions are not supported.
 * @returns undefined for what is no expression or none that is supported
 */
export function wholeTextPattern(text: string): RegExp | undefined {
  const quantifiers = text.match(/[*+{]/g)?.length ?? 0
  if (text.length > MAX_LENGTH || UNSAFE.test(text) || quantifiers > MAX_QUANTIFIERS) return undefined
  try {
    return new RegExp(`^(?:${text})$`, 'u')
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
