/**
 * Characters that control a terminal or reverse text. Printed text comes from repositories and clusters, so it may
 * contain them.
 */
const UNSEEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu
const UNSEEN_IN_LINES = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

/** One line of text with escapes for what a terminal would not show as it is. */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, codeOf)
}

/** The same for text of several lines. */
export function visibleLines(text: string): string {
  return text.replace(UNSEEN_IN_LINES, codeOf)
}

function codeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
