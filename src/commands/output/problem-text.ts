import type { Problem } from '../../model/apps/inventory.ts'
import { failureText } from '../../model/failure.ts'
import { visibleText } from '../../model/visible-text.ts'

/** A problem as `check` and `apps` print it: subject and failure, without the subject where the failure repeats it. */
export function problemText({ subject, failure }: Problem): string {
  return `${subject === `app ${failure.app}` ? '' : `${visibleText(subject)}: `}${failureText(failure)}`
}
