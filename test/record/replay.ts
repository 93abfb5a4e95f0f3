import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printJson } from '../../src/kubernetes/serialization/json.ts'
import { MAIN } from '../commands/program.ts'
import type { CheckedApp } from '../e2e/check.ts'
import { listAt } from '../servers/http-json.ts'
import { run } from '../servers/run.ts'
import { appKey, type Controller, RECORDED_CLUSTERS, type RecordedCluster } from './controlled-apps.ts'
import { REPOSITORY_URL, type RecordedObject } from './recording.ts'
import { text } from './reported-status.ts'
import { writeRecordConfig } from './stage.ts'

/** What the API servers of the recording say that they are. */
const KUBERNETES = 'v1.36.3'

export interface ReplayedApp extends CheckedApp {
  readonly identity: { readonly name: string; readonly destination: string; readonly controller: Controller }
}

/**
 * What the exporter says of recorded clusters, by app.
 * @param names of the apps to judge; all by default
 */
export async function replay(
  folder: string,
  repository: string,
  objects: readonly RecordedObject[],
  names: readonly string[] = [],
): Promise<ReadonlyMap<string, ReplayedApp>> {
  const clusters: Partial<Record<RecordedCluster, object>> = {}
  for (const cluster of RECORDED_CLUSTERS) {
    const path = join(folder, cluster)
    await mkdir(path, { recursive: true })
    const items = objects.filter((one) => one.cluster === cluster).map(({ object }) => object)
    const lists = Map.groupBy(items, ({ kind }) => String(kind))
    for (const [kind, list] of lists)
      await writeFile(join(path, `${kind}.json`), printJson({ apiVersion: 'v1', kind: 'List', items: list }))
    await writeFile(join(path, 'version.json'), JSON.stringify({ serverVersion: { gitVersion: KUBERNETES } }))
    clusters[cluster] = { snapshot: { path, kinds: kindsOf(objects) } }
  }
  const config = join(folder, 'config.yaml')
  await writeRecordConfig(config, { url: REPOSITORY_URL, fetchFrom: `file:${repository}` }, clusters)
  const only = names.flatMap((name) => ['--app', name])
  const args = ['check', '--config', config, '--output', 'json', '--timeout', '20m', ...only]
  const { stdout } = await run(process.execPath, [MAIN, ...args], { accept: [0, 1, 2], timeoutSeconds: 1300 })
  const apps: readonly ReplayedApp[] = JSON.parse(stdout).apps
  return new Map(apps.map((app) => [keyOf(app), app]))
}

function keyOf({ identity: { controller, name, destination } }: ReplayedApp): string {
  const cluster = RECORDED_CLUSTERS.find((one) => one === destination)
  if (cluster === undefined) throw new Error(`${name} goes to ${destination}`)
  return appKey({ controller, name, cluster })
}

/** A dump of all kinds is complete: of a kind that it has none of, there is none. */
function kindsOf(objects: readonly RecordedObject[]): readonly string[] {
  const held = objects.map(({ object: { apiVersion, kind } }) => `${apiVersion}/${kind}`)
  const defined = objects.flatMap(({ object }) => {
    if (object.kind !== 'CustomResourceDefinition') return []
    const { group, kind } = { group: text(object, 'spec', 'group'), kind: text(object, 'spec', 'names', 'kind') }
    return listAt(object, 'spec', 'versions').map((version) => `${group}/${text(version, 'name')}/${kind}`)
  })
  return [...new Set([...held, ...defined])].sort()
}
