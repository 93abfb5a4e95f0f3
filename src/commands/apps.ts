import { loadConfig } from '../config/load-config.ts'
import { staticInventory } from '../discovery/static/static-inventory.ts'
import type { App } from '../model/app.ts'
import { failureText } from '../model/failure.ts'
import { withoutUserInfo } from '../model/repository-url.ts'
import { identityOf } from './app-identity.ts'
import { API_VERSION, EXIT, type ExitCode, type Terminal } from './command.ts'
import { needed, oneOf, readOptions } from './options.ts'
import { textTable } from './text-table.ts'

export async function run(args: readonly string[], { out, err }: Terminal): Promise<ExitCode> {
  const options = readOptions(args, { config: { type: 'string' }, output: { type: 'string', default: 'text' } })
  const output = oneOf(options.output, ['text', 'json', 'yaml'], '--output')
  const { apps, problems } = staticInventory(await loadConfig(needed(options.config, '--config')))
  switch (output) {
    case 'text':
      out.write(textTable(HEADER, apps.map(row)))
      for (const { failure } of problems) err.write(`${failureText(failure)}\n`)
      break
    case 'json':
      out.write(
        `${JSON.stringify({ apiVersion: API_VERSION, apps: apps.map(appJson), applicationSets: [], problems }, null, 2)}\n`,
      )
      break
    case 'yaml':
      // The Applications that ApplicationSets make: apps of the config file are none.
      break
    default:
      output satisfies never
  }
  return EXIT.noDrift
}

const HEADER = ['APP', 'CONTROLLER', 'CLUSTER', 'NAMESPACE', 'REVISION', 'SOURCE']

function row(app: App): readonly string[] {
  const sources = app.sources.map(
    ({ url, path }) => `${withoutUserInfo(url)}${path === '' || path === '.' ? '' : ` ${path}`}`,
  )
  const revisions = app.sources.map(({ targetRevision }) => targetRevision)
  return [app.name, app.controller, app.to.cluster, app.to.namespace, revisions.join(', '), sources.join(', ')]
}

function appJson(app: App): object {
  return {
    identity: identityOf(app),
    project: app.project,
    labels: app.labels,
    sources: app.sources.map(({ url, path, targetRevision, ref }) => ({
      repository: withoutUserInfo(url),
      path,
      targetRevision,
      ...(ref !== undefined && { ref }),
    })),
    destination: app.to,
    ...(app.problem !== undefined && { problem: app.problem }),
  }
}
