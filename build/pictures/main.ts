import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { shortened } from '../../test/alerts/on-call.ts'
import { DASHBOARDS } from '../../test/dashboards/shipped.ts'
import { type Exporter, startExporter } from '../../test/e2e/exporter.ts'
import { type Chromium, startChromium } from '../../test/servers/chromium.ts'
import { temporaryFolder } from '../../test/servers/folder.ts'
import { startGitServer } from '../../test/servers/git-http-backend.ts'
import { type Prometheus, startPrometheus } from '../../test/servers/prometheus.ts'
import { buildProgram } from '../program.ts'
import { CHOSEN, pictureOf } from './chosen-values.ts'
import { dashboardPage } from './dashboard-page.ts'
import { makePictureFleet } from './fleet.ts'
import { packPng } from './pack-png.ts'
import { type PanelData, readDashboard } from './panel-data.ts'
import { STATUS_PAGES, type StatusPage } from './status-pages.ts'
import { before, play, STORY_SECONDS } from './story.ts'

// `npm run pictures`: docs/pictures, of what the built program and a real Prometheus say of a fleet in which much happens in six minutes.
const ROOT = join(import.meta.dirname, '../..')
const PICTURES = join(ROOT, 'docs/pictures')
const CACHE = join(ROOT, '.cache/pictures')
const WIDTH = 1440
/** Lets a change of what is drawn be seen without playing the story again. */
const { values: options } = parseArgs({ options: { redraw: { type: 'boolean' } } })

const say = (line: string): void => void process.stdout.write(`${line}\n`)

await mkdir(PICTURES, { recursive: true })
await mkdir(CACHE, { recursive: true })
await using chromium = await startChromium()
const read = options.redraw === true ? JSON.parse(await readFile(join(CACHE, 'panels.json'), 'utf8')) : await played()
for (const dashboard of DASHBOARDS) await drawDashboard(dashboard, read[dashboard.uid])

/** The panels of each dashboard, once the story has been played; the pages are photographed at its end. */
async function played(): Promise<Readonly<Record<string, readonly PanelData[]>>> {
  await buildProgram({ quiet: true })
  await using folder = await temporaryFolder('pictures')
  await using git = await startGitServer({ root: folder.path })
  const fleet = await makePictureFleet(folder.path, git.url)
  await before(fleet)
  await using exporter = await startExporter(fleet.config)
  await exporter.untilApp('ledger-staging@staging', { status: 'OutOfSync', cause: 'live' })
  await exporter.untilApp('search-prod-eu@prod-eu', { status: 'OutOfSync', cause: 'git' })
  // Rules wait seconds where they say minutes, as the fleet's days are minutes.
  const rules = join(folder.path, 'rules.yaml')
  await writeFile(rules, shortened(await readFile(join(ROOT, 'alerts/rules.yaml'), 'utf8')))
  await using prometheus = await startPrometheus({
    scrape: [{ job: 'gitops-drift-exporter', url: `${exporter.metricsUrl}/metrics` }],
    ruleFiles: [rules],
    scrapeInterval: '3s',
    evaluationInterval: '3s',
  })
  await play(fleet, say)
  const panels = await readAll(prometheus)
  await photographPages(exporter)
  await writeFile(join(CACHE, 'panels.json'), JSON.stringify(panels))
  return panels
}

async function readAll({ url }: Prometheus): Promise<Readonly<Record<string, readonly PanelData[]>>> {
  const to = Math.floor(Date.now() / 1000)
  const range = { from: to - STORY_SECONDS, to, step: 3, rate: 15 }
  const panels: Record<string, readonly PanelData[]> = {}
  for (const dashboard of DASHBOARDS)
    panels[dashboard.uid] = await readDashboard(dashboard, { url, range, values: CHOSEN[dashboard.uid]?.values ?? {} })
  return panels
}

async function drawDashboard(dashboard: (typeof DASHBOARDS)[number], panels: readonly PanelData[]): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'draw-charts.ts')],
    bundle: true,
    write: false,
    format: 'iife',
  })
  const css = await readFile(join(ROOT, 'node_modules/uplot/dist/uPlot.min.css'), 'utf8')
  const chosen = CHOSEN[dashboard.uid]?.texts ?? []
  const html = dashboardPage(dashboard, panels, { chosen, css, script: outputFiles[0]?.text ?? '' })
  await photograph(chromium, pictureOf(dashboard.uid), { scheme: 'dark' }, (page) => page.setContent(html))
}

async function photographPages({ pagesUrl }: Exporter): Promise<void> {
  for (const { name, path, scheme, height } of STATUS_PAGES)
    await photograph(chromium, `${name}.png`, { scheme, ...(height !== undefined && { height }) }, (page) =>
      page.goto(pagesUrl + path, { waitUntil: 'load' }),
    )
}

type Page = Awaited<ReturnType<Chromium['browser']['newPage']>>

async function photograph(
  { browser }: Chromium,
  name: string,
  { scheme, height }: Pick<StatusPage, 'scheme' | 'height'>,
  open: (page: Page) => Promise<unknown>,
): Promise<void> {
  const page = await browser.newPage()
  const said: string[] = []
  page.on('pageerror', (error) => said.push(String(error)))
  await page.setViewport({ width: WIDTH, height: height ?? 900 })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  await open(page)
  const png = packPng(await page.screenshot({ fullPage: height === undefined }))
  await page.close()
  if (said.length > 0) throw new Error(`${name}: ${said.join('\n')}`)
  await writeFile(join(PICTURES, name), png)
  say(`docs/pictures/${name}: ${Math.round(png.length / 1024)} KB`)
}
