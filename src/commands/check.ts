import { isDeepStrictEqual } from 'node:util'
import type { Problem } from '../model/apps/inventory.ts'
import { failureLine } from '../model/failure.ts'
import type { AppReport, AppSummary } from '../model/fleet.ts'
import { isNoteworthy, type ObjectVerdict } from '../model/verdicts/difference.ts'
import { visibleText } from '../model/visible-text.ts'
import { problemJson } from '../presentation/json/problem-json.ts'
import { verdictJson } from '../presentation/json/verdict-json.ts'
import { objectText } from '../presentation/object-text.ts'
import type { FoundInventory } from '../threads/rpc/protocol.ts'
import { API_VERSION, EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { createLog } from './cli/log.ts'
import { showProgress } from './cli/progress.ts'
import type { OptionsOf } from './command-list.ts'
import { jsonText } from './output/json-text.ts'
import { verdictTable } from './output/verdict-table.ts'
import { loadSettings } from './run/load-settings.ts'
import { onePass } from './run/one-pass.ts'

export async function run(options: OptionsOf<'check'>, { out, err, signal }: Terminal): Promise<ExitCode> {
  const { output, timeout, 'log-level': logLevel } = options
  const names = options.app.length === 0 ? undefined : options.app
  const settings = await loadSettings(options.config, signal)
  const surroundings = settings.found ?? []
  if (output === 'text' && surroundings.length > 0) out.write(`${surroundings.map(foundLine).join('')}\n`)
  const progress = showProgress(err)
  await using pass = await onePass(
    settings,
    { names },
    {
      log: createLog(logLevel),
      logLevel,
      signal,
      timeoutSeconds: timeout,
      progress: progress.show,
    },
  )
  progress.clear()
  const { runtime, found } = pass
  const reports = [...runtime.fleet.apps.values()].toSorted(byName)
  const withObjects = output === 'json' || options.diff
  const objects = new Map(
    await Promise.all(
      reports.map(async ({ summary }) => [summary.id, withObjects ? await runtime.objects(summary.id) : []] as const),
    ),
  )
  if (output === 'json') {
    const apps = reports.map((report) => verdictJson(report, objects.get(report.summary.id) ?? []))
    out.write(jsonText({ apiVersion: API_VERSION, apps, problems: found.problems.map(problemJson) }))
  } else {
    const others = found.problems.filter((problem) => !surroundings.some((one) => isDeepStrictEqual(one, problem)))
    out.write(verdictTable(reports, others, [...runtime.fleet.clusters.values()]))
    if (options.diff) for (const { summary } of reports) out.write(appDiff(summary, objects.get(summary.id) ?? [], out))
  }
  const isNothing = settings.found !== undefined && reports.length === 0
  return isNothing || isIncomplete(found) || hasNoCluster(found, names) ? EXIT.cannotTell : exitCode(reports)
}

/** Where nothing is configured. */
function foundLine({ subject, failure }: Problem): string {
  return `${visibleText(subject)}: ${failureLine(failure)}\n`
}

/** The noteworthy objects of an app as text; '' when there is none. */
function appDiff(summary: AppSummary, objects: readonly ObjectVerdict[], out: Terminal['out']): string {
  const color = out.isTTY === true && out.hasColors()
  const shown = objects.filter(isNoteworthy)
  const title = visibleText(`${summary.name} in ${summary.destination}`)
  return shown.length === 0 ? '' : `\n${title}:\n${shown.map((object) => objectText(object, { color })).join('')}`
}

/** A control cluster that could not be read may declare apps that are missing in the result. */
function isIncomplete({ incomplete = [] }: FoundInventory): boolean {
  return incomplete.length > 0
}

/** An app of the config file whose selector matches no cluster has no verdict, and is not in sync either. */
function hasNoCluster({ problems }: FoundInventory, asked: readonly string[] | undefined): boolean {
  return problems.some(
    ({ failure: { code, app } }) =>
      code === 'GDE_CLUSTER_UNKNOWN' && app !== undefined && (asked === undefined || asked.includes(app)),
  )
}

/** Unknown wins: while an app is Unknown it cannot be said which drift there is. */
function exitCode(reports: readonly AppReport[]): ExitCode {
  const statuses = new Set(reports.map(({ verdict }) => verdict.outcome.status))
  if (statuses.has('Unknown')) return EXIT.cannotTell
  return statuses.has('OutOfSync') ? EXIT.drift : EXIT.noDrift
}

function byName(one: AppReport, two: AppReport): number {
  const [first, second] = [one, two].map(({ summary }) => `${summary.name} ${summary.destination}`)
  return (first ?? '') < (second ?? '') ? -1 : 1
}
