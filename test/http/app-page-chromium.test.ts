import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'puppeteer-core'
import { until } from '../commands/until.ts'
import { type Chromium, skipWithoutChromium, startChromium } from '../servers/chromium.ts'
import type { Serving } from './serving.ts'
import { MANY, OUT_OF_SYNC, serveShownApps, urlOf } from './shown-apps.ts'

describe('the page of an app in a real browser', { skip: skipWithoutChromium() }, () => {
  let chromium: Chromium
  let serving: Serving
  let page: Page

  before(async () => {
    serving = await serveShownApps()
    chromium = await startChromium()
    page = await chromium.browser.newPage()
  })
  after(async () => {
    await chromium?.[Symbol.asyncDispose]()
    await serving?.[Symbol.asyncDispose]()
  })

  const COMMAND = 'gitops-drift-exporter check --config config.yaml --app shop --cluster prod-us --diff'
  const BUTTON = 'button[aria-label="Copy the command of this program"]'

  test('a button copies a command as it is shown', async () => {
    const permissions = ['clipboard-read', 'clipboard-write'] as const
    await chromium.browser.defaultBrowserContext().overridePermissions(serving.http.pagesUrl, [...permissions])
    await page.goto(urlOf(serving, OUT_OF_SYNC))
    await page.bringToFront()
    await page.click(BUTTON)
    await until('the button says so', async () =>
      (await page.evaluate(`document.querySelector('${BUTTON}').parentElement.textContent`)) === `${COMMAND}Copy copied`
        ? true
        : undefined,
    )
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), COMMAND)
  })

  test('a button copies a rule with its line breaks', async () => {
    await page.goto(urlOf(serving, OUT_OF_SYNC, '?q=replicas'))
    await page.bringToFront()
    await page.click('.rule summary')
    await page.click('.rule button')
    const expected = await page.evaluate(`document.querySelector('.rule pre').textContent`)
    assert.match(String(expected), /^comparing:\n {2}ignore:\n {2}- group: apps\n/)
    await until('the rule is copied', async () =>
      (await page.evaluate('navigator.clipboard.readText()')) === expected ? true : undefined,
    )
  })

  test('without a clipboard the text is selected for the person to copy', async () => {
    await page.goto(urlOf(serving, OUT_OF_SYNC))
    await page.evaluate(
      `Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.execCommand = () => false`,
    )
    await page.click(BUTTON)
    await until('it says so', async () =>
      String(await page.evaluate(`document.querySelector('${BUTTON}').parentElement.textContent`)).endsWith(
        'not copied: the text is selected',
      )
        ? true
        : undefined,
    )
    assert.equal(await page.evaluate('getSelection().toString()'), COMMAND)
  })

  test('without JavaScript there is no button, and the text is there', async () => {
    const plain = await chromium.browser.newPage()
    await plain.setJavaScriptEnabled(false)
    await plain.goto(urlOf(serving, OUT_OF_SYNC))
    assert.equal(await plain.$('button.copy'), null)
    assert.ok((await plain.content()).includes(COMMAND))
    await plain.close()
  })

  test('a link to a field opens what it is in, and marks it', async () => {
    await page.goto(urlOf(serving, OUT_OF_SYNC))
    const id = String(await page.evaluate(`document.querySelector('.fields tbody tr').id`))
    await page.goto('about:blank')
    await page.goto(`${urlOf(serving, OUT_OF_SYNC)}#${id}`)
    const found = await page.evaluate(`(() => {
      const target = document.querySelector(':target')
      return [target?.id, target?.checkVisibility(), getComputedStyle(target).outlineStyle]
    })()`)
    assert.deepEqual(found, [id, true, 'solid'])
  })

  test('a link into what was closed opens it', async () => {
    await page.goto(urlOf(serving, OUT_OF_SYNC))
    const id = String(await page.evaluate(`document.querySelector('.fields tbody tr').id`))
    await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = false`)
    await page.evaluate(`location.hash = '${id}'`)
    await until('it is seen', async () =>
      (await page.evaluate(`document.querySelector(':target')?.checkVisibility()`)) === true ? true : undefined,
    )
  })

  test('of 2,000 objects the first page is painted within a second', async (t) => {
    // On a machine that does other things, too, the page's own time is the least of several.
    const paints: number[] = []
    while (paints.length < 10 && !paints.some((paint) => paint < 1000)) {
      await page.goto('about:blank')
      await page.goto(urlOf(serving, MANY))
      const paint = await until('it is painted', async () => {
        const at = await page.evaluate(`performance.getEntriesByName('first-contentful-paint')[0]?.startTime`)
        return typeof at === 'number' ? at : undefined
      })
      paints.push(paint)
    }
    t.diagnostic(`first contentful paint: ${paints.map(Math.round).join(', ')} ms`)
    assert.ok(Math.min(...paints) < 1000, paints.join(', '))
  })
})
