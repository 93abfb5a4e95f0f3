import { createHash } from 'node:crypto'
import type { Problem } from '../../model/apps/inventory.ts'
import { ERRORS, type ErrorCode } from '../../model/errors.ts'
import type { Failure } from '../../model/failure.ts'
import type { AppReport } from '../../model/fleet.ts'
import type { JsonObject } from '../../model/json.ts'
import { withoutUserInfo } from '../../model/sources/repository-url.ts'
import { isNoteworthy, type ObjectState, type ObjectVerdict } from '../../model/verdicts/difference.ts'
import { visibleLines } from '../../model/visible-text.ts'
import { differenceText } from '../../presentation/difference-text.ts'
import { identityText } from '../../presentation/json/app-identity.ts'
import { objectName } from '../../presentation/object-text.ts'
import { PROGRAM } from '../cli/command.ts'
import { VERSION } from '../cli/version.ts'
import { appText } from '../output/fault-text.ts'
import { jsonText } from '../output/json-text.ts'
import type { CheckResult } from './check-result.ts'

/** Code scanning takes so many of a run. */
const RESULTS_LIMIT = 5_000

/** What each state of an object is as a rule; the others are no drift. */
const STATE_RULES: Partial<Readonly<Record<ObjectState, string>>> = {
  changed: 'An object differs from what Git says',
  missing: 'An object that Git declares is not there',
  extra: 'An object that Git does not declare any more is still there',
}

interface DriftResult {
  readonly rule: string
  readonly level: 'error' | 'warning'
  readonly message: string
  readonly uri: string
  readonly line?: number
  readonly column?: number
  /** The app, and the object in it. */
  readonly logical: readonly string[]
}

/**
 * SARIF 2.1.0, as code scanning reads it: a result for each object that drifted and for each app that is Unknown, at the file where that is
 * known, else at the folder of the app. What discovery could not use are notifications.
 */
export function sarifText({ shown, problems, exitCode }: CheckResult): string {
  const results = shown.flatMap(resultsOf)
  const rules = [...new Set(results.map(({ rule }) => rule))].sort()
  const left = results.length - RESULTS_LIMIT
  const notifications = [
    ...problems.map(notification),
    ...(left > 0 ? [{ level: 'warning', message: message(`${left} more results are left out`) }] : []),
  ]
  const run = {
    tool: { driver: { name: PROGRAM, version: VERSION, semanticVersion: VERSION, rules: rules.map(ruleJson) } },
    automationDetails: { id: `${PROGRAM}/` },
    columnKind: 'utf16CodeUnits',
    invocations: [{ executionSuccessful: exitCode !== 2, exitCode, toolExecutionNotifications: notifications }],
    results: results.slice(0, RESULTS_LIMIT).map((result) => resultJson(result, rules.indexOf(result.rule))),
    versionControlProvenance: provenance(shown),
  }
  return jsonText({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] })
}

function resultsOf(report: AppReport): readonly DriftResult[] {
  const { summary, verdict } = report
  const uri = uriOf(summary.sources[0]?.path ?? '')
  const app = identityText(summary)
  const { outcome } = verdict
  if (outcome.status === 'Unknown') {
    const { code, message: why, file, line, column } = outcome.reason
    return [
      {
        rule: code,
        level: 'error',
        message: `${appText(report)} is Unknown: ${why}`,
        uri: file === undefined ? uri : uriOf(file),
        ...(line !== undefined && { line }),
        ...(line !== undefined && column !== undefined && { column }),
        logical: [app],
      },
    ]
  }
  if (outcome.status === 'Synced') return []
  return verdict.objects
    .filter((object) => isNoteworthy(object) && object.effect === undefined && STATE_RULES[object.state] !== undefined)
    .map((object) => ({
      rule: object.state,
      level: 'error',
      message: `${appText(report)}: ${objectMessage(object)}`,
      uri,
      logical: [app, objectName(object.key)],
    }))
}

function objectMessage({ key, state, differences }: ObjectVerdict): string {
  return [`${objectName(key)} is ${state}`, ...differences.map(differenceText)].join('\n')
}

function ruleJson(id: string): JsonObject {
  const state = Object.entries(STATE_RULES).find(([name]) => name === id)?.[1]
  const code = Object.keys(ERRORS).find((one): one is ErrorCode => one === id)
  const help = code === undefined ? 'See check --diff, or the status page of the app.' : ERRORS[code].action
  const summary = state ?? (code === undefined ? id : ERRORS[code].summary)
  return { id, shortDescription: message(summary), help: message(help), defaultConfiguration: { level: 'error' } }
}

function resultJson(
  { rule, level, message: text, uri, line, column, logical }: DriftResult,
  ruleIndex: number,
): JsonObject {
  const region =
    line === undefined ? {} : { region: { startLine: line, ...(column !== undefined && { startColumn: column }) } }
  const fullyQualifiedName = logical.join('/')
  return {
    ruleId: rule,
    ruleIndex,
    level,
    message: message(text),
    locations: [
      {
        physicalLocation: { artifactLocation: { uri }, ...region },
        logicalLocations: [{ name: logical.at(-1) ?? '', fullyQualifiedName, kind: 'resource' }],
      },
    ],
    // The same drift is the same alert in the next run, whatever its values are by then.
    partialFingerprints: { 'drift/v1': createHash('sha256').update(`${rule}\n${fullyQualifiedName}`).digest('hex') },
  }
}

function notification({ subject, failure }: Problem): JsonObject {
  return { level: 'warning', descriptor: { id: failure.code }, message: message(`${subject}: ${positioned(failure)}`) }
}

function positioned({ file, line, message: text }: Failure): string {
  if (file === undefined) return text
  return `${file}${line === undefined ? '' : `:${line}`}: ${text}`
}

/** The commits that were judged, once each. */
function provenance(reports: readonly AppReport[]): readonly JsonObject[] {
  const found = new Map<string, JsonObject>()
  for (const { repository, commit } of reports.flatMap(({ verdict }) => verdict.revisions)) {
    const repositoryUri = withoutUserInfo(repository)
    if (URL.canParse(repositoryUri))
      found.set(`${repositoryUri} ${commit}`, { repositoryUri: new URL(repositoryUri).href, revisionId: commit })
  }
  return [...found.values()]
}

/** Relative to the repository; code scanning refuses a location without a path. */
function uriOf(path: string): string {
  const steps = path.split('/').filter((step) => step !== '' && step !== '.' && step !== '..')
  return steps.length === 0 ? '.' : steps.map((step) => encodeURIComponent(step.toWellFormed())).join('/')
}

/** Braces are placeholders unless they are doubled (§3.11.5), and brackets before parentheses links (§3.11.6). */
function message(text: string): JsonObject {
  return { text: visibleLines(text).replace(/[{}]/g, '$&$&').replaceAll('](', '] (') }
}
