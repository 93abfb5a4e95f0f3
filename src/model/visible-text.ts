/**
 * Characters that control a terminal, reverse text or break a line where none is expected, and halves of a surrogate pair, which
 * no encoding has. Texts come from repositories and clusters, so they may contain them.
 */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const UNSEEN_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

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
