import { type Html, html } from './html.ts'

/** A text that can be selected and copied as it is; the pages' script gives it a button. @param what `Copy …` is what the button is called */
export function copyable(text: string, what: string): Html {
  return html`<div class="copyable"><pre data-copy="${what}">${text.trimEnd()}</pre></div>`
}
