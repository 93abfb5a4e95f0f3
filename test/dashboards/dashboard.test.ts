import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { dashboard } from '../../dashboards/generated.ts'
import { DATASOURCE } from '../../dashboards/panels.ts'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'

const root: Json = JSON.parse(await dashboard.make())
assert.ok(isJsonObject(root))

/** Every object anywhere inside. */
function* objects(value: Json | undefined): Generator<JsonObject> {
  if (Array.isArray(value)) for (const item of value) yield* objects(item)
  if (!isJsonObject(value)) return
  yield value
  for (const item of Object.values(value)) yield* objects(item)
}

function list(value: Json | undefined): readonly Json[] {
  assert.ok(Array.isArray(value))
  return value
}

const panels = [...objects(root.panels)].filter((value) => value.gridPos !== undefined)
const expressions = [...objects(root.panels)].map(({ expr }) => expr).filter((expr) => typeof expr === 'string')
const variables = [...objects(root.templating)].filter(({ name }) => typeof name === 'string')

test('every metric that a panel or a variable asks for is in the catalogue, under a label that it has', () => {
  const known = new Map(CATALOGUE.map((entry) => [entry.name, entry]))
  const queries = variables.map(({ definition }) => definition).filter((query) => typeof query === 'string')
  for (const text of [...expressions, ...queries])
    for (const [name] of text.matchAll(/\b(?:gitops|argocd)_[a-z_]+/g)) {
      const base = known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
      assert.ok(known.has(base), `${name} in ${text}`)
      const selector = new RegExp(`\\b${name}\\{([^}]*)\\}`).exec(text)?.[1] ?? ''
      for (const [, label = ''] of selector.matchAll(/(\w+)\s*=?[=~!]/g))
        assert.ok(known.get(base)?.labels.includes(label), `${base} has no label ${label}: ${text}`)
    }
})

test('every expression is PromQL that promtool accepts', { skip: skipWithout('promtool') }, async () => {
  const rules = expressions.map((expr, index) => ({
    record: `panel:expression:${index}`,
    // Grafana puts these in before Prometheus sees the query.
    expr: expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*'),
  }))
  await using folder = await temporaryFolder('dashboard')
  const file = join(folder.path, 'rules.yaml')
  await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules }] }))
  await run(toolPath('promtool'), ['check', 'rules', file])
  assert.ok(rules.length > 20)
})

test('panels have ids of their own, a place of their own, and plugins that Grafana still has', () => {
  const ids = panels.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  const taken = new Set<string>()
  for (const { gridPos, type, title } of panels) {
    assert.ok(['row', 'stat', 'timeseries', 'table', 'bargauge', 'state-timeline'].includes(String(type)))
    assert.ok(isJsonObject(gridPos))
    const [x, y, w, h] = [gridPos.x, gridPos.y, gridPos.w, gridPos.h].map(Number)
    assert.ok(x !== undefined && y !== undefined && w !== undefined && h !== undefined && x + w <= 24)
    for (let column = x; column < x + w; column += 1)
      for (let line = y; line < y + h; line += 1) {
        assert.ok(!taken.has(`${column},${line}`), `${title} lies over another panel`)
        taken.add(`${column},${line}`)
      }
  }
})

test('every query goes to the data source that the reader chose', () => {
  for (const value of objects(root)) if ('expr' in value) assert.deepEqual(value.datasource, DATASOURCE)
})

test('every variable that is used is declared', () => {
  const declared = new Set(variables.map(({ name }) => name))
  for (const name of ['datasource', 'controller', 'project', 'dest_cluster', 'app']) assert.ok(declared.has(name), name)
  for (const text of expressions)
    for (const [, name] of text.matchAll(/\$(?!__)(\w+)/g)) assert.ok(declared.has(name ?? ''), `$${name} in ${text}`)
  assert.equal(list(isJsonObject(root.templating) ? root.templating.list : undefined).length, declared.size)
})
