import { type Failure, failurePosition } from '../../model/failure.ts'
import { type Html, html } from './html.ts'

/** Where it is wrong, as far as that is known, what is wrong, and the code to look up. */
export function failureHtml(failure: Failure): Html {
  const position = failurePosition(failure)
  return html`${position === '' ? undefined : html`<code>${position}</code>: `}${failure.message} <code>${failure.code}</code>`
}
