import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { HtmlValidate } from 'html-validate'
import type { Page } from 'puppeteer-core'
import { builtProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { type Chromium, skipWithoutChromium, startChromium } from '../servers/chromium.ts'
import { readAxe, skipWithoutAxe } from '../tools/axe.ts'
import { type DemoFleet, startDemoFleet } from './demo-fleet.ts'
import type { Serving } from './serving.ts'
import { MANY, OUT_OF_SYNC, serveShownApps, UNKNOWN, urlOf } from './shown-apps.ts'

/** What a person can go to with the Tab key, in the page. */
const REACHABLE = `[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
  .filter((element) => element.checkVisibility() && element.type !== 'hidden')`

describe('the pages in a real browser', { skip: skipWithoutChromium() || skipWithoutAxe() }, () => {
  let chromium: Chromium
  let demo: DemoFleet
  let apps: Serving
  const validator = new HtmlValidate({ extends: ['html-validate:recommended'] })

  before(async () => {
    await builtProgram()
    demo = await startDemoFleet()
    apps = await serveShownApps()
    chromium = await startChromium()
  })
  after(async () => {
    await chromium?.[Symbol.asyncDispose]()
    await apps?.[Symbol.asyncDispose]()
    await demo?.[Symbol.asyncDispose]()
  })

  const urls = () => [
    ...[
      '/',
      '/?status=Unknown',
      '/?group=cluster&sort=name',
      '/?view=matrix',
      '/?view=matrix&group=project&columns=clusterLabel:region',
      '/timeline?days=1',
      ...demo.appPaths,
    ].map((path) => demo.pagesUrl + path),
    `${demo.metricsUrl}/`,
    ...['', '?view=unified', '?show=all', '?q=front', '?q=nobody'].map((query) => urlOf(apps, OUT_OF_SYNC, query)),
    urlOf(apps, MANY, '?q=Service&page=2'),
    ...UNKNOWN.map((report) => urlOf(apps, report)),
  ]

  async function onEachPage(check: (page: Page, url: string) => Promise<void>): Promise<void> {
    assert.ok(demo.appPaths.length >= 6)
    const page = await chromium.browser.newPage()
    try {
      for (const url of urls()) {
        await page.goto(url)
        await check(page, url)
      }
    } finally {
      await page.close()
    }
  }

  test('each page says nothing on the console and asks nobody else for anything', async () => {
    const page = await chromium.browser.newPage()
    const said: string[] = []
    const asked: string[] = []
    page.on('console', (message) => said.push(`${page.url()}: ${message.text()}`))
    page.on('pageerror', (error) => said.push(`${page.url()}: ${error}`))
    page.on('request', (request) => asked.push(new URL(request.url()).origin))
    for (const url of urls()) {
      await page.goto(url)
      // What follows events does so as long as the page is open.
      await until('the script', async () =>
        (await page.evaluate(
          `document.querySelector('[data-live]') === null || document.getElementById('live').textContent === 'Live'`,
        ))
          ? true
          : undefined,
      )
    }
    await page.close()
    assert.deepEqual(said, [])
    assert.deepEqual(new Set(asked), new Set([demo.pagesUrl, demo.metricsUrl, apps.http.pagesUrl]))
  })

  test('each page is valid HTML', async () => {
    for (const url of [...urls(), `${demo.pagesUrl}/apps/nobody`]) {
      const report = await validator.validateString(await (await fetch(url)).text())
      const found = report.results.flatMap(({ messages }) =>
        messages.map(({ ruleId, message, line }) => `${ruleId} ${line}: ${message}`),
      )
      assert.deepEqual(found, [], url)
    }
  })

  for (const scheme of ['light', 'dark'])
    test(`axe finds nothing on any page, ${scheme}`, async () => {
      const axe = await readAxe()
      await onEachPage(async (page, url) => {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        await page.evaluate(axe)
        await page.setViewport({ width: 1280, height: 800 })
        const found = await page.evaluate(`axe.run().then(({ violations }) =>
          violations.map(({ id, help, nodes }) => id + ': ' + help + ' at ' + nodes.map(({ target }) => target.join(' '))))`)
        assert.deepEqual(found, [], url)
      })
    })

  test('a page of 375 px has nothing to its right: rows of tables are cards', async () => {
    await onEachPage(async (page, url) => {
      await page.setViewport({ width: 375, height: 800 })
      const wide = await page.evaluate(`[document.documentElement, ...document.querySelectorAll('.wide')]
        .filter((element) => element.scrollWidth > element.clientWidth).map(({ tagName, textContent }) => tagName + textContent.slice(0, 80))`)
      assert.deepEqual(wide, [], url)
    })
  })

  test('everything that can be used is reached by the Tab key, in order, and is seen to be', async () => {
    await onEachPage(async (page, url) => {
      await page.setViewport({ width: 1280, height: 800 })
      const count = Number(await page.evaluate(`${REACHABLE}.length`))
      assert.ok(count > 1, url)
      const reached: unknown[] = []
      for (let step = 0; step < count; step += 1) {
        await page.keyboard.press('Tab')
        reached.push(
          await page.evaluate(`(() => {
            const { outlineStyle } = getComputedStyle(document.activeElement)
            const { left, right } = document.activeElement.getBoundingClientRect()
            return [${REACHABLE}.indexOf(document.activeElement), outlineStyle !== 'none' && right > 0 && left < innerWidth]
          })()`),
        )
      }
      assert.deepEqual(
        reached,
        Array.from({ length: count }, (_, index) => [index, true]),
        url,
      )
    })
  })
})
