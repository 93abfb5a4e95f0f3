/** One item of a list, as a document of its own. */
export interface ListItem {
  readonly text: string
  /** Lines of the file before it. */
  readonly offset: number
}

const KEY = /^(?:apiVersion: v1|kind: List|metadata:(?: .*)?|items:)$/

/**
 * The items of a list as `kubectl get --output yaml` writes it, taken apart by lines: a parser takes a hundred times the memory of its text,
 * and so each item's alone. All that stands at the left margin of such a file are four keys and the dashes of items, and nothing in it
 * refers to another place.
 * @returns undefined for whatever else; it has to be parsed as a whole
 */
export function listItems(text: string): readonly ListItem[] | undefined {
  if (!text.startsWith('apiVersion: v1\nitems:\n- ')) return undefined
  const items: { readonly lines: string[]; readonly offset: number }[] = []
  let isItem = false
  let isList = false
  for (const [index, line] of text.split('\n').entries()) {
    if (/^[- ][- ]*(?:[^\s"'|>]+: )?[&*!]/.test(line)) return undefined
    if (line.startsWith('- ')) {
      // Below another key it would not be an item.
      if (!isItem && items.length > 0) return undefined
      isItem = true
      items.push({ lines: [`  ${line.slice(2)}`], offset: index })
    } else if (line === '' || line.startsWith(' ')) {
      if (isItem) items.at(-1)?.lines.push(line)
    } else if (KEY.test(line)) {
      isItem = false
      isList ||= line === 'kind: List'
    } else return undefined
  }
  return isList ? items.map(({ lines, offset }) => ({ text: `${lines.join('\n')}\n`, offset })) : undefined
}
