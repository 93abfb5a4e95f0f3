import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'puppeteer-core'
import type { AppReport, FleetUpdate } from '../../src/model/fleet.ts'
import { until } from '../commands/until.ts'
import { appReport, clusterReport } from '../metrics/reports.ts'
import { type Chromium, skipWithoutChromium, startChromium } from '../servers/chromium.ts'
import { type Serving, serve } from './serving.ts'

const outOfSync = (name: string): AppReport =>
  appReport(name, {}, { outcome: { status: 'OutOfSync', cause: 'live' }, outOfSyncSince: 1_732_300_000 })
const synced = (name: string): AppReport => appReport(name, {}, { outcome: { status: 'Synced' } })
const told = (...reports: readonly AppReport[]): readonly FleetUpdate[] =>
  reports.map((report) => ({ type: 'app', report }))

describe('a page that is open in a browser', { skip: skipWithoutChromium() }, () => {
  let chromium: Chromium
  let serving: Serving
  let page: Page
  const said: string[] = []

  before(async () => {
    chromium = await startChromium()
    serving = await serve({
      updates: [
        ...told(synced('cart'), outOfSync('shop'), synced('web')),
        { type: 'cluster', report: clusterReport('prod-us') },
      ],
    })
    page = await chromium.browser.newPage()
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(String(error)))
    await page.goto(`${serving.http.pagesUrl}/?sort=name`)
  })
  after(async () => {
    await chromium?.[Symbol.asyncDispose]()
    await serving?.[Symbol.asyncDispose]()
  })

  const text = async (expression: string): Promise<string> => String(await page.evaluate(expression))
  const untilText = (expression: string, wanted: RegExp): Promise<string> =>
    until(`${expression} to be ${wanted}`, async () => {
      const found = await text(expression)
      return wanted.test(found) ? found : undefined
    })
  const NOTE = "document.getElementById('live').textContent"
  const ROWS = "[...document.querySelectorAll('table.apps tbody tr')].map((row) => row.innerText).join('|')"

  test('rows, tiles, title and icon follow what happens, without a reload', async () => {
    await untilText(NOTE, /^Live$/)
    const icon = await text("document.querySelector('link[rel=icon]').href")
    await page.evaluate('window.isTheSame = true')
    serving.fleet.publish(...told(outOfSync('cart'), synced('extra')))
    await untilText(ROWS, /OutOfSync\s+cart.*extra.*shop.*web/s)
    assert.match(await text("document.querySelector('.counts').innerText"), /2\s+OutOfSync/)
    assert.match(await page.title(), /^2 OutOfSync/)
    assert.notEqual(await text("document.querySelector('link[rel=icon]').href"), icon)
    assert.equal(await page.evaluate('window.isTheSame'), true)
  })

  test('focus stays on its app, and what somebody writes stays', async () => {
    await page.evaluate(`(() => {
      document.querySelector('#name').value = 'half a wor'
      ;[...document.querySelectorAll('table.apps th a')].find((link) => link.textContent === 'shop').focus()
    })()`)
    serving.fleet.publish(...told(outOfSync('aaa'), synced('cart')))
    await untilText(ROWS, /aaa.*Synced\s+cart/s)
    assert.equal(await text('document.activeElement.textContent'), 'shop')
    assert.equal(await text("document.querySelector('#name').value"), 'half a wor')
  })

  test('many changes are a few requests', async () => {
    let requests = 0
    const count = (request: { url(): string }): void => {
      if (new URL(request.url()).pathname === '/') requests += 1
    }
    page.on('request', count)
    for (let index = 0; index < 200; index += 1) {
      serving.fleet.publish(...told(outOfSync(`many-${index}`)))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await untilText("document.querySelector('.counts').innerText", /202\s+OutOfSync/)
    page.off('request', count)
    assert.ok(requests <= 3, `${requests} requests`)
  })

  test('the page of an app follows that app', async () => {
    const report = outOfSync('shop')
    const other = await chromium.browser.newPage()
    await other.goto(`${serving.http.pagesUrl}/apps/${encodeURIComponent(report.summary.id)}`)
    const lead = () => other.evaluate("document.querySelector('.lead').innerText")
    await until('the connection', async () => ((await other.evaluate(NOTE)) === 'Live' ? true : undefined))
    assert.match(String(await lead()), /^OutOfSync/)
    serving.fleet.publish(...told(synced('shop')))
    await until('what happened', async () => (/^Synced/.test(String(await lead())) ? true : undefined))
    await other.close()
  })

  test('what somebody opened or closed stays, and the page does not move under him', async () => {
    const drifting = (live: string) =>
      appReport(
        'large',
        {},
        {
          outcome: { status: 'OutOfSync', cause: 'live' },
          objects: Array.from({ length: 60 }, (_, index) => ({
            key: { group: '', kind: 'ConfigMap', namespace: 'shop', name: `settings-${index}` },
            version: 'v1',
            state: 'changed',
            differences: [{ path: '/data/value', class: 'changed', effect: 'drift', desired: 'of-git', live }],
          })),
        },
      )
    const report = drifting('of-before')
    serving.fleet.publish(...told(report))
    const other = await chromium.browser.newPage()
    await other.goto(`${serving.http.pagesUrl}/apps/${encodeURIComponent(report.summary.id)}`)
    await until('the connection', async () => ((await other.evaluate(NOTE)) === 'Live' ? true : undefined))
    await other.evaluate(`(() => {
      const all = [...document.querySelectorAll('main details')]
      const [byHand, shut] = [all.find((one) => !one.open), all.findLast((one) => one.open)]
      byHand.open = true
      shut.open = false
      Object.assign(window, { byHand, shut })
      scrollTo(0, 500)
    })()`)
    const before = await other.evaluate('scrollY')
    assert.ok(Number(before) > 100)
    serving.fleet.publish(...told(drifting('of-later')))
    await until('what changed', async () =>
      /of-later/.test(String(await other.evaluate("document.querySelector('main').textContent"))) ? true : undefined,
    )
    assert.deepEqual(await other.evaluate('[byHand.isConnected, byHand.open, shut.isConnected, shut.open, scrollY]'), [
      true,
      true,
      true,
      false,
      before,
    ])
    await other.close()
  })

  test('a tab that nobody sees asks for nothing, and is as it is now when it is seen again', async () => {
    const other = await chromium.browser.newPage()
    await other.goto(`${serving.http.pagesUrl}/?name=hidden`)
    await until('the connection', async () => ((await other.evaluate(NOTE)) === 'Live' ? true : undefined))
    const asked: string[] = []
    other.on('request', (request) => asked.push(new URL(request.url()).pathname))
    // Headless Chromium shows every page; what a page is told is what the browser would tell it.
    const showAs = (state: 'hidden' | 'visible') =>
      other.evaluate(`(() => {
        Object.defineProperty(document, 'hidden', { configurable: true, value: ${state === 'hidden'} })
        document.dispatchEvent(new Event('visibilitychange'))
      })()`)
    await showAs('hidden')
    serving.fleet.publish(...told(outOfSync('hidden-one')))
    // Another page, which is seen, has been told by then.
    await page.bringToFront()
    await untilText(ROWS, /hidden-one/)
    assert.deepEqual(asked, [])
    assert.doesNotMatch(String(await other.content()), /hidden-one/)
    await showAs('visible')
    await until('what happened', async () => (/hidden-one/.test(String(await other.content())) ? true : undefined))
    assert.deepEqual(new Set(asked), new Set(['/api/v1/events', '/']))
    await other.close()
  })

  test('whose session is over is told so, and nothing more of what happens', async () => {
    const proxy = {
      addresses: ['127.0.0.1'],
      clientNames: [],
      userHeader: 'x-forwarded-user',
      groupsHeader: 'x-forwarded-groups',
    }
    const role = { users: ['alice'], groups: [], projects: ['*'], clusters: ['*'], values: true }
    await using guarded = await serve({
      updates: told(synced('cart')),
      access: { settings: { roles: [role], proxy } },
    })
    const other = await chromium.browser.newPage()
    await other.setExtraHTTPHeaders({ 'x-forwarded-user': 'alice' })
    await other.goto(guarded.http.pagesUrl)
    const note = () => other.evaluate(NOTE)
    await until('the connection', async () => ((await note()) === 'Live' ? true : undefined))
    await other.setExtraHTTPHeaders({})
    guarded.fleet.publish(...told(outOfSync('secret-of-later')))
    await until('the end of the session', async () =>
      /^Not live: your session is over/.test(String(await note())) ? true : undefined,
    )
    assert.doesNotMatch(String(await other.content()), /secret-of-later/)
    await other.close()
  })

  test('an exporter that is gone is said, and nothing is wrong with the script', async () => {
    await serving.http.close()
    await untilText(NOTE, /^Not live: connection lost since \d/)
    // What Chromium itself says of requests that failed.
    assert.deepEqual(
      said.filter((line) => !/ERR_|Failed to load resource/.test(line)),
      [],
    )
  })
})
