import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { toolPath } from '../tools/build.ts'
import { run } from './run.ts'

/** The real program, with folders of its own. */
export async function helm(folder: string, ...args: readonly string[]): Promise<string> {
  const env = {
    HELM_CACHE_HOME: join(folder, 'helm/cache'),
    HELM_CONFIG_HOME: join(folder, 'helm/config'),
    HELM_DATA_HOME: join(folder, 'helm/data'),
  }
  return (await run(toolPath('helm'), args, { folder, env })).stdout
}

/** A chart with a template, and whatever else is given. @returns its folder */
export async function writeChart(
  folder: string,
  name: string,
  version: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const chart = join(folder, `${name}-${version}`, name)
  const all = {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\ndescription: "version ${version}: of a chart"\n`,
    'values.yaml': `version: ${version}\n`,
    'templates/config.yaml': 'kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: {{ .Release.Name }}\n',
    ...files,
  }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(chart, path)), { recursive: true })
    await writeFile(join(chart, path), content)
  }
  return chart
}
