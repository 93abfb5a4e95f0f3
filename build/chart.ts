import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Entry, makeLayer } from './image/layer.ts'

export const CHART = join(import.meta.dirname, '../deploy/helm/gitops-drift-exporter')

/** The chart as `helm package` archives it, but the same for the same files. */
export async function packChart(time: Date): Promise<Uint8Array> {
  const files = (await readdir(CHART, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const entries = await Promise.all(
    files.map(async ({ parentPath, name }): Promise<Entry> => {
      const path = join(parentPath, name)
      return {
        type: 'file',
        path: `gitops-drift-exporter/${path.slice(CHART.length + 1)}`,
        content: await readFile(path),
      }
    }),
  )
  return (await makeLayer('chart', entries, time, { folders: false })).content
}
