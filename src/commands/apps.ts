import type { ComputedApplicationSet } from '../discovery/argocd/applicationset/computed-set.ts'
import { printYaml } from '../kubernetes/serialization/yaml.ts'
import type { App } from '../model/apps/app.ts'
import type { JsonObject } from '../model/json.ts'
import { withoutUserInfo } from '../model/sources/repository-url.ts'
import { identityOf } from '../presentation/json/app-identity.ts'
import type { FoundInventory } from '../threads/rpc/protocol.ts'
import { API_VERSION, EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import type { OptionsOf } from './command-list.ts'
import { faultTexts } from './output/fault-text.ts'
import { jsonText } from './output/json-text.ts'
import { textTable } from './output/text-table.ts'
import { findApps } from './run/find-apps.ts'
import { loadSettings } from './run/load-settings.ts'

export async function run(options: OptionsOf<'apps'>, { out, err, signal }: Terminal): Promise<ExitCode> {
  const { config, output, 'log-level': logLevel } = options
  const settings = await loadSettings(config, signal)
  const found = await findApps(settings, logLevel, signal)
  const { problems, computedSets = [], incomplete = [] } = found
  switch (output) {
    case 'text':
      out.write(asText(found))
      for (const text of faultTexts(problems.map((problem) => ({ failure: problem.failure, problem }))))
        err.write(`${text}\n`)
      break
    case 'json':
      out.write(jsonText(asJson(found)))
      break
    case 'yaml':
      out.write(computedSets.flatMap(({ applications }) => applications.map(printYaml)).join('---\n'))
      break
    default:
      output satisfies never
  }
  return incomplete.length > 0 ? EXIT.cannotTell : EXIT.noDrift
}

const APPS_HEADER = ['APP', 'CONTROLLER', 'CLUSTER', 'NAMESPACE', 'REVISION', 'SOURCE']
const SETS_HEADER = ['APPLICATIONSET', 'NAMESPACE', 'APPLICATIONS', 'INVALID', 'MISSING', 'SURPLUS', 'ERROR']

function asText({ apps, computedSets = [] }: FoundInventory): string {
  const appsTable = textTable(APPS_HEADER, apps.map(appRow))
  return computedSets.length === 0 ? appsTable : `${appsTable}\n${textTable(SETS_HEADER, computedSets.map(setRow))}`
}

function appRow(app: App): readonly string[] {
  const sources = app.sources.map(
    ({ url, path }) => `${withoutUserInfo(url)}${path === '' || path === '.' ? '' : ` ${path}`}`,
  )
  const revisions = app.sources.map(({ targetRevision }) => targetRevision)
  return [app.name, app.controller, app.to.cluster, app.to.namespace, revisions.join(', '), sources.join(', ')]
}

function setRow({ name, namespace, applications, invalid, error, report }: ComputedApplicationSet): readonly string[] {
  const counts = [applications.length, Object.keys(invalid).length, report.missing ?? '?', report.stale ?? '?']
  return [name, namespace, ...counts.map(String), error?.code ?? '']
}

function asJson({ apps, problems, computedSets = [] }: FoundInventory): JsonObject {
  return {
    apiVersion: API_VERSION,
    apps: apps.map(appJson),
    applicationSets: computedSets.map(setJson),
    problems: problems.map(({ subject, failure }) => ({ subject, failure: { ...failure } })),
  }
}

function appJson(app: App): JsonObject {
  return {
    identity: { ...identityOf(app) },
    project: app.project,
    labels: app.labels,
    sources: app.sources.map(({ url, path, targetRevision, ref }) => ({
      repository: withoutUserInfo(url),
      path,
      targetRevision,
      ...(ref !== undefined && { ref }),
    })),
    destination: { ...app.to },
    ...(app.problem !== undefined && { problem: { ...app.problem } }),
  }
}

/** `missing` and `surplus` (the model's `stale`) are null while they are unknown, `error` where there is none. */
function setJson(set: ComputedApplicationSet): JsonObject {
  const { declaredIn, namespace, name, applications, invalid, error, warnings, notComputable, problems, report } = set
  return {
    declaredIn,
    namespace,
    name,
    applications,
    invalid,
    error: error?.message ?? null,
    reason: error?.reason ?? null,
    code: error?.code ?? null,
    warnings,
    notComputable,
    missing: report.missing ?? null,
    surplus: report.stale ?? null,
    findings: problems.map((problem) => ({ ...problem })),
  }
}
