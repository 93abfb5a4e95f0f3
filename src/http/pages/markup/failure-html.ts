import { type Failure, failurePosition } from '../../../model/failure.ts'
import { type Html, html } from './html.ts'

/** Position of a failure, as far as it is known, its message and its code. */
export function failureHtml(failure: Failure): Html {
  const position = failurePosition(failure)
  return html`${position === '' ? undefined : html`<code>${position}</code>: `}${failure.message} <code>${failure.code}</code>`
}
