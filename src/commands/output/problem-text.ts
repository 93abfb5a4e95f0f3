import { failureText } from '../../model/failure.ts'
import type { Problem } from '../../model/inventory.ts'
import { visibleText } from '../../model/visible-text.ts'

/** A problem as `check` and `apps` print it: what it is about, unless the failure begins with just that. */
export function problemText({ subject, failure }: Problem): string {
  return `${subject === `app ${failure.app}` ? '' : `${visibleText(subject)}: `}${failureText(failure)}`
}
