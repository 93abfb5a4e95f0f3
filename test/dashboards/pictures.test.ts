import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import { chartOf } from '../../build/pictures/chart-data.ts'
import { CHOSEN, pictureOf } from '../../build/pictures/chosen-values.ts'
import { drawPanel, PANEL_TYPES } from '../../build/pictures/draw-panel.ts'
import { makePictureFleet } from '../../build/pictures/fleet.ts'
import type { PanelData } from '../../build/pictures/panel-data.ts'
import { STATUS_PAGES } from '../../build/pictures/status-pages.ts'
import { before } from '../../build/pictures/story.ts'
import { knowsUnit, shownValue, valueText } from '../../build/pictures/values.ts'
import { isJsonObject, type JsonObject } from '../../src/model/json.ts'
import { builtProgram, runProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { DASHBOARDS, listOf, PANELS } from './shipped.ts'

const ROOT = join(import.meta.dirname, '../..')
const PICTURES = join(ROOT, 'docs/pictures')
const PNG = Buffer.from('89504e470d0a1a0a', 'hex')
const RANGE = { from: 0, to: 9, step: 3, rate: 15 }

/** Of every page, what it shows and where that lies. */
async function shownPictures(): Promise<
  readonly { readonly page: string; readonly alt: string; readonly path: string }[]
> {
  const pages = (await readdir(join(ROOT, 'docs'), { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name))
  const texts = await Promise.all(
    ['README.md', ...pages].map(async (page) => ({ page, text: await readFile(join(ROOT, page), 'utf8') })),
  )
  return texts.flatMap(({ page, text }) =>
    [...text.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, alt = '', path = '']) => ({
      page,
      alt,
      path: join(dirname(page), path),
    })),
  )
}

test('every picture that a page shows is there, says what is on it, and is small', async () => {
  const shown = await shownPictures()
  assert.ok(shown.length > 0)
  let bytes = 0
  for (const path of new Set(shown.map((one) => one.path))) {
    const picture = await readFile(join(ROOT, path))
    assert.deepEqual(picture.subarray(0, PNG.length), PNG, path)
    bytes += picture.length
  }
  for (const { page, alt, path } of shown) assert.match(alt, /^\S.{20,}\.?$/s, `${path} in ${page}`)
  assert.ok(bytes < 1.5e6, `${bytes} bytes`)
})

test('there is a picture of each dashboard and of each page that the script goes to, no other, and each is shown', async () => {
  const made = [...DASHBOARDS.map(({ uid }) => pictureOf(uid)), ...STATUS_PAGES.map(({ name }) => `${name}.png`)]
  assert.deepEqual((await readdir(PICTURES)).toSorted(), made.toSorted())
  const shown = new Set((await shownPictures()).map(({ path }) => relative('docs/pictures', path)))
  for (const name of made) assert.ok(shown.has(name), `no page shows ${name}`)
  assert.deepEqual(
    Object.keys(CHOSEN),
    DASHBOARDS.map(({ uid }) => uid),
  )
})

function dataOf(json: JsonObject, lines: PanelData['lines']): PanelData {
  return { json, title: String(json.title), lines, range: RANGE, marks: [] }
}

test('the script can draw every panel of the dashboards, with data and without', () => {
  for (const dashboard of DASHBOARDS)
    for (const json of listOf(dashboard.json.panels)) assert.ok(String(json.type) in PANEL_TYPES, String(json.type))
  const line = {
    name: 'one',
    labels: { app_name: 'shop', dest_cluster: 'prod' },
    points: [
      [0, 1],
      [3, 2],
      [6, 3],
    ],
  } as const
  for (const { json, title, dashboard } of PANELS) {
    const { fieldConfig } = json
    assert.ok(isJsonObject(fieldConfig) && isJsonObject(fieldConfig.defaults))
    assert.ok(knowsUnit(String(fieldConfig.defaults.unit)), `${dashboard}: ${title}`)
    assert.match(drawPanel(dataOf(json, [line])), /\S/)
    assert.match(drawPanel(dataOf(json, [])), new RegExp(`>${fieldConfig.defaults.noValue}<`), `${dashboard}: ${title}`)
  }
  assert.throws(() => drawPanel(dataOf({ type: 'piechart', title: 'New' }, [])), /New: panels of type piechart/)
})

test('values are written and coloured as Grafana does it', () => {
  const texts = [
    valueText(0.25, 's'),
    valueText(90, 's'),
    valueText(7200, 's'),
    valueText(200_000, 's'),
    valueText(0.125, 'percentunit'),
    valueText(3 * 1024 ** 2, 'bytes'),
  ]
  assert.deepEqual(texts, ['250 ms', '1.5 mins', '2 hours', '2.31 days', '12.5%', '3 MiB'])
  assert.throws(() => valueText(1, 'furlongs'), /no unit furlongs/)
  const thresholds = {
    steps: [
      { value: null, color: 'red' },
      { value: 1, color: 'green' },
    ],
  }
  const absent = { type: 'special', options: { match: 'null+nan', result: { text: 'absent', color: 'red' } } }
  const defaults = { unit: 'none', noValue: 'absent', thresholds, mappings: [absent] }
  const red = shownValue(0, defaults).color
  assert.deepEqual(shownValue(undefined, defaults), { text: 'absent', color: red })
  assert.notEqual(shownValue(1, defaults).color, red)
})

test('the fleet of the pictures is one: all is in sync but what has happened to it before the story begins', async () => {
  await builtProgram()
  await using folder = await temporaryFolder('pictures')
  await using git = await startGitServer({ root: folder.path })
  const fleet = await makePictureFleet(folder.path, git.url)
  await before(fleet)
  const { out, err } = await runProgram('check', '--config', fleet.config)
  assert.match(out, /^ledger-staging +staging +OutOfSync +live /m, err)
  assert.match(out, /^search-prod-eu +prod-eu +OutOfSync +git /m)
  assert.match(out, /^21 apps: 19 Synced, 2 OutOfSync, 0 Unknown$/m)
})

test('a gap stays a gap in lines', () => {
  const json = {
    type: 'timeseries',
    fieldConfig: { defaults: { unit: 'none', custom: { fillOpacity: 5 } }, overrides: [] },
  }
  const { times, series } = chartOf(
    dataOf(json, [
      {
        name: 'one',
        labels: {},
        points: [
          [0, 1],
          [6, 2],
        ],
      },
    ]),
  )
  assert.deepEqual(
    [times, series[0]?.values],
    [
      [0, 3, 6, 9],
      [1, null, 2, null],
    ],
  )
})
