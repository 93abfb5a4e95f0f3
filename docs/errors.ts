import { ERRORS } from '../src/model/errors.ts'
import type { GeneratedFile } from './generated-file.ts'

/** docs/errors.md: one heading a code, so that a code can be looked up by its anchor. */
export const errorsPage: GeneratedFile = {
  path: 'docs/errors.md',
  make: () => {
    const entries = Object.entries(ERRORS).map(
      ([code, { summary, action }]) => `## ${code}\n\n${summary}.\n\nWhat to do: ${action}\n`,
    )
    return [
      '<!-- Made from src/model/errors.ts by `npm run generate`. -->\n',
      '# Errors\n',
      'The code is the `reason` of `gitops_app_unknown_reason`, the `reason` or `code` in JSON, the `code` of a log line, and the word in brackets in what commands print and on the pages.\n',
      ...entries,
    ].join('\n')
  },
}
