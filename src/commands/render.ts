import { printYaml } from '../kubernetes/serialization/yaml.ts'
import type { App } from '../model/apps/app.ts'
import type { RenderedObject } from '../model/sources/rendering.ts'
import { identityText } from '../presentation/json/app-identity.ts'
import { API_VERSION, EXIT, type ExitCode, type Terminal } from './cli/command.ts'
import { createLog } from './cli/log.ts'
import { UsageError } from './cli/usage-error.ts'
import type { OptionsOf } from './command-list.ts'
import { jsonText } from './output/json-text.ts'
import { renderRepository } from './repository/run-repository.ts'
import { loadSettings } from './run/load-settings.ts'
import { onePass } from './run/one-pass.ts'

const TIMEOUT_SECONDS = 300

export async function run(options: OptionsOf<'render'>, terminal: Terminal): Promise<ExitCode> {
  const { app: name, all, controller, kind, cluster, namespace, output, 'log-level': logLevel } = options
  const { out, signal } = terminal
  if (all !== undefined) {
    if ([name, controller, kind, cluster, namespace].some((one) => one !== undefined))
      throw new UsageError('--all goes with nothing that chooses one app')
    const { config, path: paths, repository: urls, offline, 'show-secrets': showSecrets } = options
    const how = { folder: all, paths, urls, offline, config, logLevel, timeoutSeconds: TIMEOUT_SECONDS, showSecrets }
    return renderRepository(how, output, terminal)
  }
  if (name === undefined || name === '') throw new UsageError('--app is needed')
  const settings = await loadSettings(options.config, signal)
  const filter = { names: [name], controller, kind, cluster, namespace }
  await using pass = await onePass(settings, filter, {
    log: createLog(logLevel),
    logLevel,
    signal,
    timeoutSeconds: TIMEOUT_SECONDS,
    showSecrets: options['show-secrets'],
    accept: requireSingleApp,
  })
  const [app] = pass.apps
  if (app === undefined) throw new UsageError('there is no app at all')
  const objects = await pass.runtime.desired(app.id)
  out.write(output === 'json' ? asJson(objects) : asYaml(objects))
  return EXIT.noDrift
}

function requireSingleApp(apps: readonly App[]): void {
  if (apps.length === 1) return
  const found = apps.map(identityText).join(', ')
  throw new UsageError(`--app means several: ${found}; say which by --cluster, --controller, --kind or --namespace`)
}

function asYaml(objects: readonly RenderedObject[]): string {
  return objects
    .filter(({ action }) => action !== 'skip')
    .map(({ object }) => printYaml(object))
    .join('---\n')
}

function asJson(objects: readonly RenderedObject[]): string {
  const shown = objects.map(({ action, object }) => ({ action, object }))
  return jsonText({ apiVersion: API_VERSION, objects: shown })
}
