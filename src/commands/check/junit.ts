import { failureText } from '../../model/failure.ts'
import type { AppReport } from '../../model/fleet.ts'
import { isNoteworthy } from '../../model/verdicts/difference.ts'
import { visibleLines, visibleText } from '../../model/visible-text.ts'
import { identityText } from '../../presentation/json/app-identity.ts'
import { objectText } from '../../presentation/object-text.ts'
import { PROGRAM } from '../cli/command.ts'
import { problemText } from '../output/problem-text.ts'
import { objectsText } from '../output/verdict-table.ts'
import type { CheckResult } from './check-result.ts'

/** A test case: passed without a fault; `failure` is what was tested for, `error` what kept it from being tested. */
interface TestCase {
  readonly name: string
  readonly className: string
  readonly fault?: {
    readonly element: 'failure' | 'error'
    readonly type: string
    readonly message: string
    readonly text: string
  }
}

/**
 * JUnit's XML, as CI servers read it: a suite per cluster, a case per app. Drift is a failure, Unknown an error. There are no times: one
 * pass judges all apps together.
 */
export function junitText({ shown, problems }: CheckResult): string {
  const clusters = [...new Set(shown.map(({ summary }) => summary.destination))]
  const suites = clusters.map((cluster) =>
    suiteText(cluster, shown.filter(({ summary }) => summary.destination === cluster).map(caseOfApp)),
  )
  const found = problems.map((problem): TestCase => {
    const { code, message } = problem.failure
    const fault = { element: 'error', type: code, message, text: problemText(problem) } as const
    return { name: problem.subject, className: 'discovery', fault }
  })
  const all = found.length === 0 ? suites : [...suites, suiteText('discovery', found)]
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${PROGRAM}">\n${all.join('')}</testsuites>\n`
}

function caseOfApp({ summary, verdict }: AppReport): TestCase {
  const { outcome, objects } = verdict
  const named = {
    name: identityText(summary),
    className: summary.project === '' ? summary.destination : summary.project,
  }
  switch (outcome.status) {
    case 'Synced':
      return named
    case 'OutOfSync': {
      const text = objects
        .filter(isNoteworthy)
        .map((object) => objectText(object, { color: false }))
        .join('')
      return { ...named, fault: { element: 'failure', type: outcome.cause, message: objectsText(verdict), text } }
    }
    case 'Unknown': {
      const { reason } = outcome
      return {
        ...named,
        fault: { element: 'error', type: reason.code, message: reason.message, text: failureText(reason) },
      }
    }
    default:
      return outcome satisfies never
  }
}

function suiteText(name: string, cases: readonly TestCase[]): string {
  const count = (element: 'failure' | 'error'): number => cases.filter(({ fault }) => fault?.element === element).length
  const head = `name="${attribute(name)}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="0"`
  return `  <testsuite ${head}>\n${cases.map(caseText).join('')}  </testsuite>\n`
}

function caseText({ name, className, fault }: TestCase): string {
  const head = `    <testcase name="${attribute(name)}" classname="${attribute(className)}"`
  if (fault === undefined) return `${head}/>\n`
  const { element, type, message, text } = fault
  const body = escaped(visibleLines(text))
  return `${head}>\n      <${element} type="${attribute(type)}" message="${attribute(message)}">${body}</${element}>\n    </testcase>\n`
}

/** One line: a reader of XML would make spaces of line breaks. */
function attribute(text: string): string {
  return escaped(visibleText(text))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Also `>`, which ends no CDATA then. Two characters that XML 1.0 does not have are left after `visibleText`. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
}
