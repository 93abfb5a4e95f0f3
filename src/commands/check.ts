import { isDeepStrictEqual } from 'node:util'
import type { AppFilter } from '../discovery/inventory/app-filter.ts'
import { parseSelector } from '../kubernetes/parse-selector.ts'
import type { Problem } from '../model/apps/inventory.ts'
import { failureLine } from '../model/failure.ts'
import type { AppReport } from '../model/fleet.ts'
import { isNoteworthy, type ObjectVerdict } from '../model/verdicts/difference.ts'
import type { SyncStatus } from '../model/verdicts/verdict.ts'
import { visibleText } from '../model/visible-text.ts'
import { problemJson } from '../presentation/json/problem-json.ts'
import { verdictJson } from '../presentation/json/verdict-json.ts'
import { objectText } from '../presentation/object-text.ts'
import type { FoundInventory } from '../threads/rpc/protocol.ts'
import type { CheckResult } from './check/check-result.ts'
import { githubText } from './check/github.ts'
import { junitText } from './check/junit.ts'
import { markdownText } from './check/markdown.ts'
import { sarifText } from './check/sarif.ts'
import { streamVerdicts, type VerdictStream } from './check/stream-verdicts.ts'
import { API_VERSION, EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { createLog } from './cli/log.ts'
import { showProgress } from './cli/progress.ts'
import { UsageError } from './cli/usage-error.ts'
import type { OptionsOf } from './command-list.ts'
import { externalDiff, runExternalDiff } from './output/external-diff.ts'
import { appText } from './output/fault-text.ts'
import { jsonText } from './output/json-text.ts'
import { verdictSummary } from './output/verdict-table.ts'
import { checkRepository } from './repository/run-repository.ts'
import { chooseShard } from './run/choose-shard.ts'
import { loadSettings } from './run/load-settings.ts'
import { onePass } from './run/one-pass.ts'

type Options = OptionsOf<'check'>

export async function run(options: Options, terminal: Terminal): Promise<ExitCode> {
  const { out, err, signal } = terminal
  const { output, timeout, 'log-level': logLevel, 'fail-on': failOn } = options
  if (failOn.has('none') && failOn.size > 1) throw new UsageError('--fail-on none goes with nothing else')
  if (options.all !== undefined) return checkAll(options, options.all, terminal)
  const filter = filterOf(options)
  const settings = await loadSettings(options.config, signal)
  const surroundings = settings.found ?? []
  if (output === 'text' && surroundings.length > 0) out.write(`${surroundings.map(foundLine).join('')}\n`)
  const shard = chooseShard(settings.shards, { option: options.shard, variable: process.env.GITOPS_SHARD })
  if (output === 'text' && shard !== undefined)
    out.write(`shard ${shard.index} of ${shard.count}: apps of the other clusters are not here\n\n`)
  const progress = showProgress(err)
  const isShown = shownBy(options.only)
  const stream = output === 'text' ? streamVerdicts({ out, isShown, beforeWrite: progress.clear }) : undefined
  await using pass = await onePass(settings, filter, {
    log: createLog(logLevel),
    logLevel,
    signal,
    timeoutSeconds: timeout,
    shard,
    progress: progress.show,
    ...(stream !== undefined && { accept: stream.start, judged: stream.add }),
  })
  progress.clear()
  const { runtime, found } = pass
  const all = [...runtime.fleet.apps.values()].toSorted(byName)
  const shown = all.filter(isShown)
  const isNothing = settings.found !== undefined && all.length === 0
  const problems =
    output === 'text'
      ? found.problems.filter((problem) => !surroundings.some((one) => isDeepStrictEqual(one, problem)))
      : found.problems
  const isPartial = isNothing || isIncomplete(found) || hasNoCluster(found, filter.names)
  const code = exitCode(all, isPartial, failOn)
  const objectsOf = async ({ summary }: AppReport) => [summary.id, await runtime.objects(summary.id)] as const
  const withObjects = output === 'json' || (options.diff && output === 'text')
  const result: CheckResult = {
    shown,
    all,
    problems,
    clusters: [...runtime.fleet.clusters.values()],
    objects: new Map(withObjects ? await Promise.all(shown.map(objectsOf)) : []),
    exitCode: code,
    ...(shard !== undefined && { shard }),
  }
  await print(result, options, stream, terminal)
  return code
}

function checkAll(options: Options, folder: string, terminal: Terminal): Promise<ExitCode> {
  const { config, path: paths, repository: urls, offline, output, timeout, diff, 'log-level': logLevel } = options
  const chosen = [options.app, options.cluster, options.project, options.selector].some(({ length }) => length > 0)
  if (chosen || diff) throw new UsageError('--all goes with no choice of apps, and compares nothing')
  if (output !== 'text' && output !== 'json') throw new UsageError('--all is printed as text or json')
  return checkRepository({ folder, paths, urls, offline, config, logLevel, timeoutSeconds: timeout }, output, terminal)
}

function filterOf({ app, cluster, project, selector }: Options): AppFilter {
  const given = (list: readonly string[]): readonly string[] | undefined => (list.length === 0 ? undefined : list)
  const labels = selector.map((text) => {
    const parsed = parseSelector(text)
    if (parsed !== undefined) return parsed
    throw new UsageError(
      `--selector must be a selector as kubectl takes it, such as team=web, not ${JSON.stringify(text)}`,
    )
  })
  return {
    names: given(app),
    clusters: given(cluster),
    projects: given(project),
    selector:
      labels.length === 0 ? undefined : { matchExpressions: labels.flatMap((one) => one.matchExpressions ?? []) },
  }
}

const STATUS_WORD: Readonly<Record<SyncStatus, 'synced' | 'drift' | 'unknown'>> = {
  Synced: 'synced',
  OutOfSync: 'drift',
  Unknown: 'unknown',
}

function shownBy(only: Options['only']): (report: AppReport) => boolean {
  return ({ verdict }) => only.has(STATUS_WORD[verdict.outcome.status])
}

async function print(
  result: CheckResult,
  { output, diff }: Options,
  stream: VerdictStream | undefined,
  terminal: Terminal,
): Promise<void> {
  const { out } = terminal
  const { shown, all, problems, clusters, objects, shard } = result
  switch (output) {
    case 'text':
      stream?.end(all)
      out.write(verdictSummary(shown, all, problems, clusters))
      if (diff) await printDiff(result, terminal)
      return
    case 'json': {
      const apps = shown.map((report) => verdictJson(report, objects.get(report.summary.id) ?? []))
      out.write(
        jsonText({
          apiVersion: API_VERSION,
          ...(shard !== undefined && { shard: { ...shard } }),
          apps,
          problems: problems.map(problemJson),
        }),
      )
      return
    }
    case 'junit':
      out.write(junitText(result))
      return
    case 'sarif':
      out.write(sarifText(result))
      return
    case 'markdown':
      out.write(markdownText(result))
      return
    case 'github':
      out.write(githubText(result))
      return
    default:
      output satisfies never
  }
}

async function printDiff({ shown, objects }: CheckResult, { out, signal }: Terminal): Promise<void> {
  const program = externalDiff(process.env)
  if (program !== undefined) {
    await runExternalDiff(program, [...objects.values()].flat(), signal)
    return
  }
  for (const report of shown) out.write(appDiff(report, objects.get(report.summary.id) ?? [], out))
}

/** Where nothing is configured. */
function foundLine({ subject, failure }: Problem): string {
  return `${visibleText(subject)}: ${failureLine(failure)}\n`
}

/** The noteworthy objects of an app as text; '' when there is none. */
function appDiff(report: AppReport, objects: readonly ObjectVerdict[], out: Terminal['out']): string {
  const color = out.isTTY === true && out.hasColors()
  const shown = objects.filter(isNoteworthy)
  const title = visibleText(appText(report))
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

/** Of all apps that were asked for, shown or not. Unknown wins: while an app is Unknown it cannot be said which drift there is. */
function exitCode(reports: readonly AppReport[], isPartial: boolean, failOn: Options['fail-on']): ExitCode {
  const statuses = new Set(reports.map(({ verdict }) => verdict.outcome.status))
  if (failOn.has('unknown') && (isPartial || statuses.has('Unknown'))) return EXIT.cannotTell
  return failOn.has('drift') && statuses.has('OutOfSync') ? EXIT.drift : EXIT.noDrift
}

function byName(one: AppReport, two: AppReport): number {
  const [first, second] = [one, two].map(({ summary }) => `${summary.name} ${summary.destination}`)
  return (first ?? '') < (second ?? '') ? -1 : 1
}
