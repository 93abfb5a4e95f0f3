import { visibleText } from '../../model/visible-text.ts'

/**
 * One word of a command in a POSIX shell, which no shell takes for anything else. What a terminal would obey when it is pasted, a line break
 * included, is written as an escape: such a name is shown, and is nobody's.
 */
export function shellWord(text: string): string {
  const shown = visibleText(text)
  if (/^[\w@%+=:,./-]+$/.test(shown) && !/^[=~]/.test(shown)) return shown
  return `'${shown.replaceAll("'", `'\\''`)}'`
}

/** `--app shop`; a value that begins with `-` is no option of its own. '' where there is no value. */
export function shellOption(name: string, value: string): string {
  if (value === '') return ''
  return value.startsWith('-') ? shellWord(`--${name}=${value}`) : `--${name} ${shellWord(value)}`
}

/** The parts that are not empty, a space between them. */
export function shellLine(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}
