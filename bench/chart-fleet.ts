import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toolPath } from '../test/tools/build.ts'
import { commitAll, REPOSITORIES, repositoryFolder, writeResource } from './discovery-fleet.ts'

/** What `helm create` has as switches in its values: with them on, a chart makes six objects. */
const SWITCHES = ['ingress', 'autoscaling']

/**
 * Repositories of charts, each of which is what `helm create` makes of another name, with values of its own, and a control cluster with an
 * Application for each: no file but .helmignore is that of another chart.
 */
export function makeCharts(folder: string, count: number): void {
  const template = createdChart(folder)
  mkdirSync(join(folder, 'control'))
  for (let number = 0; number < count; number += 1) {
    const name = `app-${number}`
    const repository = number % REPOSITORIES
    for (const [path, text] of template) {
      const file = join(repositoryFolder(folder, repository), name, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, path === 'values.yaml' ? ownValues(text, number) : text.replaceAll(CREATED, name))
    }
    writeResource(folder, { name, repository, source: { path: name }, namespace: `space-${number}` })
  }
  for (let number = 0; number < REPOSITORIES; number += 1) commitAll(repositoryFolder(folder, number))
}

const CREATED = 'helm-created-chart'

function createdChart(folder: string): ReadonlyMap<string, string> {
  execFileSync(toolPath('helm'), ['create', CREATED], { cwd: folder, stdio: 'ignore' })
  const chart = join(folder, CREATED)
  const files = readdirSync(chart, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name)
      return [file.slice(chart.length + 1), readFileSync(file, 'utf8')]
    }),
  )
}

function ownValues(text: string, number: number): string {
  const switched = SWITCHES.reduce(
    (values, name) => values.replace(new RegExp(`^(${name}:\n  enabled:) false$`, 'm'), '$1 true'),
    text.replace('repository: nginx', `repository: registry.example.com/app-${number}`),
  )
  if (switched.split('enabled: true').length !== SWITCHES.length + 1)
    throw new Error('helm create makes other values than it did')
  return switched
}
