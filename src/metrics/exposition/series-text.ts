import type { Family, FamilyGroup, ItemFamily, Label } from '../families/family.ts'

/** Longest label value, characters: content of repositories and clusters is untrusted and must not inflate a scrape. */
export const LABEL_VALUE_LIMIT = 1024

const NEEDS_ESCAPE = /[\\"\n]/g
// NUL ends Prometheus' lexer, and the other control characters help nobody.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SUSPICIOUS = /[\u0000-\u001f\u007f\\"]/

/** A label value between its quotes, escaped as both text formats want it, cut at `LABEL_VALUE_LIMIT`. */
export function labelValueText(value: string): string {
  const short = value.length > LABEL_VALUE_LIMIT ? `${value.slice(0, LABEL_VALUE_LIMIT - 1)}…` : value
  if (!SUSPICIOUS.test(short)) return short
  return short
    .replace(CONTROL, '\ufffd')
    .replace(NEEDS_ESCAPE, (character) => (character === '\n' ? '\\n' : `\\${character}`))
}

/** A sample value as Go's ParseFloat reads it. */
export function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** `a="1",b="2"`, names and values pairwise. @throws RangeError when their numbers differ */
function labelsText(names: readonly string[], values: readonly string[]): string {
  if (names.length !== values.length) throw new RangeError(`${names.length} label names, ${values.length} values`)
  let text = ''
  for (const [index, value] of values.entries())
    text += `${index === 0 ? '' : ','}${names[index]}="${labelValueText(value)}"`
  return text
}

/** One sample line. `labels` is finished text; '' gives a line without braces. */
export function sampleLine(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${valueText(value)}\n` : `${name}{${labels}} ${valueText(value)}\n`
}

/** The names of a family's fixed labels: `label_*` is a placeholder for those in `Series.dynamic`. */
function fixedLabels(family: Family): readonly string[] {
  return family.labels.filter((label) => label !== 'label_*')
}

/** The text that all series of one item begin with; it is the same in every family, so it is made once. */
export function commonText<Item>(group: FamilyGroup<Item>, item: Item): string {
  return labelsText(group.common, group.commonValues(item))
}

/** All sample lines of one item in one family. */
export function familyText<Item>(family: ItemFamily<Item>, common: string, item: Item): string {
  let text = ''
  const names = fixedLabels(family)
  for (const { values, dynamic, value } of family.series(item)) {
    const own = names.length === 0 ? '' : `,${labelsText(names, values)}`
    const more = dynamic === undefined ? '' : dynamicText(dynamic)
    text += sampleLine(family.name, common + own + more, value)
  }
  return text
}

function dynamicText(labels: readonly Label[]): string {
  return labels.map(([name, value]) => `,${name}="${labelValueText(value)}"`).join('')
}
