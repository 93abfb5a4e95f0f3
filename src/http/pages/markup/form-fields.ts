import { type Html, html } from './html.ts'

/** A list of choices is of no use beyond some hundreds, and must not fill the page. */
export const CHOICES = 500

export function searchField(name: string, label: string, value: string): Html {
  return html`<div><label for="${name}">${label}</label><input id="${name}" name="${name}" type="search" value="${value}" maxlength="256"></div>`
}

export function sorted(values: Iterable<string>): readonly string[] {
  return [...new Set(values)].filter((value) => value !== '').sort()
}

/** @param otherwise what it is where nothing is chosen */
export function select(
  name: string,
  label: string,
  values: readonly string[],
  chosen: string,
  otherwise = 'any',
): Html {
  const options = values
    .slice(0, CHOICES)
    .map((value) => html`<option${value === chosen ? html` selected` : undefined}>${value}</option>`)
  return html`<div><label for="${name}">${label}</label><select id="${name}" name="${name}"><option value="">${otherwise}</option>${options}</select></div>`
}
