import { ConfigError, configErrorText } from '../config/config-error.ts'
import { loadConfig } from '../config/load-config.ts'
import { loadWebConfig } from '../config/web/load-web-config.ts'
import { staticInventory } from '../discovery/static/static-inventory.ts'
import type { Inventory } from '../model/apps/inventory.ts'
import { CodedError, type Failure, failureText } from '../model/failure.ts'
import type { Settings } from '../model/settings.ts'
import { visibleLines } from '../model/visible-text.ts'
import { API_VERSION, EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import type { OptionsOf } from './command-list.ts'

export async function run({ config: path, output }: OptionsOf<'validate'>, { out }: Terminal): Promise<ExitCode> {
  try {
    const settings = await loadConfig(path)
    await readWebConfigs(settings)
    const inventory = staticInventory(settings)
    const warnings = inventoryWarnings(inventory)
    out.write(output === 'json' ? report([], warnings) : `${path}: ok: ${summary(inventory)}\n${warningText(warnings)}`)
    return EXIT.noDrift
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const failures = error instanceof ConfigError ? error.failures : [error.failure]
    out.write(output === 'json' ? report(failures, []) : `${configErrorText(error)}\n`)
    return EXIT.cannotTell
  }
}

/** Those that the listeners name, with the files that they name. @throws ConfigError with what is wrong with any of them */
async function readWebConfigs({ metrics, pages }: Settings): Promise<void> {
  const files = new Set([metrics, pages].flatMap(({ webConfigFile }) => webConfigFile ?? []))
  const failures: Failure[] = []
  for (const file of files)
    try {
      await loadWebConfig(file)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      failures.push(...(error instanceof ConfigError ? error.failures : [error.failure]))
    }
  if (failures.length > 0) throw new ConfigError(failures)
}

/** Problems that are no errors of the file, but make an app Unknown or leave it without a cluster. */
function inventoryWarnings({ apps, problems }: Inventory): readonly Failure[] {
  return [...problems.map(({ failure }) => failure), ...apps.flatMap(({ problem }) => problem ?? [])]
}

function warningText(warnings: readonly Failure[]): string {
  return warnings.map((warning) => `warning: ${failureText(warning)}\n`).join('')
}

function report(errors: readonly Failure[], warnings: readonly Failure[]): string {
  const found = { apiVersion: API_VERSION, valid: errors.length === 0, errors, warnings }
  return `${visibleLines(JSON.stringify(found, null, 2))}\n`
}

function summary({ clusters, apps, repositories }: Inventory): string {
  return [count(clusters, 'cluster'), count(repositories, 'repository', 'repositories'), count(apps, 'app')].join(', ')
}

function count(items: readonly unknown[], one: string, many = `${one}s`): string {
  return `${items.length} ${items.length === 1 ? one : many}`
}
