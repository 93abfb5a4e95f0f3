/** The first screen in a real browser: when something is painted, and what had to be sent for it. */
import { gunzipSync } from 'node:zlib'
import { request } from 'undici'
import { startChromium } from '../test/servers/chromium.ts'
import { benchFleet } from './metrics-fleet.ts'
import { type BenchResult, type BenchRow, median } from './result.ts'
import { servePages } from './serve-pages.ts'

const ROUNDS = 9
const SIZES = [1000, 10_000]
const VIEWS: readonly (readonly [label: string, path: string])[] = [
  ['list', '/'],
  ['list by project', '/?group=project'],
  ['matrix', '/?view=matrix'],
]
const GOAL = { paintMs: 1000, kilobytes: 200 }

export async function run(): Promise<readonly BenchResult[]> {
  const rows: BenchRow[] = []
  await using chromium = await startChromium()
  for (const apps of SIZES) {
    const http = await servePages(benchFleet(apps))
    for (const [label, path] of VIEWS) {
      const url = `${http.pagesUrl}${path}`
      const paints: number[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        // A page of its own each time, as somebody has who opens a link.
        const page = await chromium.browser.newPage()
        await page.goto(url)
        paints.push(Number(await page.evaluate(FIRST_PAINT)))
        await page.close()
      }
      const { body } = await request(url, { headers: { 'accept-encoding': 'gzip' } })
      const sent = Buffer.from(await body.arrayBuffer())
      const values = {
        'first paint, ms': median(paints),
        'sent, kB': sent.length / 1000,
        'unpacked, kB': gunzipSync(sent).length / 1000,
      }
      rows.push({
        label: `${label}, ${apps.toLocaleString('en-US')} apps`,
        values,
        goal: {
          text: `painted below ${GOAL.paintMs} ms, sent below ${GOAL.kilobytes} kB`,
          met: values['first paint, ms'] < GOAL.paintMs && values['sent, kB'] < GOAL.kilobytes,
        },
      })
    }
    await http.close()
  }
  return [
    {
      name: 'The first screen in a browser',
      unit: 'ms, kB',
      rows,
      note: 'Median of pages opened one after another in headless Chromium on the same machine: from the start of the navigation to the first contentful paint, which includes that the server makes the page.',
    },
  ]
}

const FIRST_PAINT = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const [paint] = list.getEntriesByName('first-contentful-paint')
    if (paint !== undefined) resolve(paint.startTime)
  }).observe({ type: 'paint', buffered: true })
})`
