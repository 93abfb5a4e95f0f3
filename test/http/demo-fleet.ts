import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { printed, startProgram, stopProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'

export interface DemoFleet extends AsyncDisposable {
  readonly pagesUrl: string
  readonly metricsUrl: string
  /** Paths of the pages of its apps. */
  readonly appPaths: readonly string[]
}

/** The built service over the demo's fleet, where something happened: replicas scaled, an object deleted, a cluster that cannot be read. */
export async function startDemoFleet(): Promise<DemoFleet> {
  const child = startProgram(['demo', '--port', '0'])
  const close = async () => void (await stopProgram(child, 'SIGINT'))
  try {
    const said = await printed(child, 'Ctrl-C stops it')
    const read = (pattern: RegExp): string => {
      const found = pattern.exec(said)?.[1]
      if (found === undefined) throw new Error(`the demo did not say ${pattern}: ${said}`)
      return found
    }
    const pagesUrl = read(/page +(http:\S+)\//)
    const clusters = join(read(/config +(\S+)\/config\.yaml/), 'clusters')
    const page = async () => (await fetch(pagesUrl)).text()
    await until('every app is judged', async () =>
      /<strong>0<\/strong> <span class="status unsure">/.test(await page()) ? true : undefined,
    )
    const deployment = join(clusters, 'prod-us/storefront.deployment.yaml')
    await writeFile(deployment, (await readFile(deployment, 'utf8')).replace('replicas: 3', 'replicas: 5'))
    await rm(join(clusters, 'prod-us/payments.service.yaml'))
    await rename(join(clusters, 'staging'), join(clusters, 'gone'))
    await until('all of it is on the page', async () =>
      /<strong>2<\/strong> <span class="status bad">/.test(await page()) && (await page()).includes('class="card"')
        ? true
        : undefined,
    )
    const rows = await (await fetch(`${pagesUrl}/?sort=name`)).text()
    const unknown = await (await fetch(`${pagesUrl}/?status=Unknown`)).text()
    const appPaths = [...(rows + unknown).matchAll(/<a href="(\/apps\/[^"#]+)">/g)].map((match) => match[1] ?? '')
    return { pagesUrl, metricsUrl: read(/metrics +(http:\S+)\/metrics/), appPaths, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}
