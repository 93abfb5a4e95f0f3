import { lengthText } from '../../../presentation/length-text.ts'
import { type Html, html } from './html.ts'

/** A point in time as a person reads it: how long ago, and when exactly. Both in Unix seconds. */
export function timeHtml(at: number | undefined, now: number): Html | undefined {
  // Date reaches 8.64e15 ms; a commit may claim to be of any year.
  if (at === undefined || !(Math.abs(at) < 8.64e12)) return undefined
  const iso = new Date(at * 1000).toISOString()
  const exact = `${iso.slice(0, -8).replace('T', ' ')} UTC`
  return html`<time datetime="${iso}" title="${exact}">${agoText(now - at)}</time> <span class="quiet">${exact}</span>`
}

/** `in 5 s`, `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`. */
function agoText(seconds: number): string {
  const length = lengthText(Math.abs(seconds))
  return seconds < 0 ? `in ${length}` : `${length} ago`
}
