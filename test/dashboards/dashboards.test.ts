import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { ALERTS } from '../../alerts/rules.ts'
import { DATASOURCE } from '../../dashboards/panels.ts'
import { isJsonObject } from '../../src/model/json.ts'
import { labelsOf } from '../alerts/known-labels.ts'
import { labelFlow } from '../alerts/label-flow.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { prometheusPath, skipWithout } from '../tools/build.ts'
import { DASHBOARDS, filledIn, listOf, objects, PANELS } from './shipped.ts'

const ROOT = join(import.meta.dirname, '../..')
const RANGES = { rate: '1m', interval: '1m', range: '6h' }
const QUERIES = [...PANELS.flatMap(({ queries }) => queries), ...DASHBOARDS.flatMap(({ annotations }) => annotations)]
const asked = (query: string): string => filledIn(query, RANGES)

test('there are three, which alerts lead to by their uid', () => {
  assert.deepEqual(
    DASHBOARDS.map(({ uid }) => uid),
    ['gitops-fleet', 'gitops-app', 'gitops-exporter'],
  )
  const uids = ALERTS.map(({ annotations }) => /\/d\/([\w-]+)/.exec(annotations.dashboard_url ?? '')?.[1] ?? '')
  assert.deepEqual([...new Set(uids)].toSorted(), DASHBOARDS.map(({ uid }) => uid).toSorted())
  for (const { annotations } of ALERTS) {
    const [, uid, query = ''] = /\/d\/([\w-]+)\??(.*)$/.exec(annotations.dashboard_url ?? '') ?? []
    const variables = DASHBOARDS.find((dashboard) => dashboard.uid === uid)?.variables
    for (const [, name = ''] of query.matchAll(/var-(\w+)=/g)) assert.ok(variables?.has(name), `${uid} has no ${name}`)
  }
})

test('every metric and every label that a panel or an annotation reads exists, and nothing is joined by chance', () => {
  for (const query of QUERIES) labelFlow(asked(query), labelsOf)
})

test('every variable reads a metric that exists, under labels that it has', () => {
  for (const { variables } of DASHBOARDS)
    for (const [name, { definition, type }] of variables) {
      if (type !== 'query') continue
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(String(definition)) ?? []
      const { labels } = labelFlow(asked(selector), labelsOf)
      assert.ok(labels?.has(label), `${name}: ${definition}`)
    }
})

test('promtool accepts every expression', { skip: skipWithout('promtool') }, async () => {
  const rules = QUERIES.map((query, index) => ({ record: `panel:expression:${index}`, expr: asked(query) }))
  await using folder = await temporaryFolder('dashboards')
  const file = join(folder.path, 'rules.yaml')
  await writeFile(file, stringify({ groups: [{ name: 'dashboards', rules }] }))
  await run(prometheusPath('promtool'), ['check', 'rules', file])
  assert.ok(rules.length > 60)
})

test('every panel says what it shows, in which unit, and reads the data source that the reader chose', () => {
  for (const { title, json, dashboard, queries } of PANELS) {
    const name = `${dashboard}: ${title}`
    assert.match(title, /\S/, name)
    assert.match(String(json.description), /^[\S\s]{10,}\.$/, name)
    assert.ok(queries.length > 0, name)
    const { fieldConfig } = json
    assert.ok(isJsonObject(fieldConfig) && isJsonObject(fieldConfig.defaults), name)
    assert.match(String(fieldConfig.defaults.unit), /^(none|s|ops|reqps|bytes|percentunit)$/, name)
    assert.deepEqual(json.datasource, DATASOURCE, name)
    for (const target of listOf(json.targets)) assert.deepEqual(target.datasource, DATASOURCE, name)
  }
})

test('no panel shows a number where there is none, and freshness is first, red where nobody tells', () => {
  for (const { title, json } of PANELS) {
    const { fieldConfig } = json
    assert.ok(isJsonObject(fieldConfig) && isJsonObject(fieldConfig.defaults))
    const { noValue } = fieldConfig.defaults
    assert.ok(noValue === 'absent' || noValue === 'no data', title)
  }
  for (const { panels } of DASHBOARDS) {
    const fresh = panels.filter(({ json }) => JSON.stringify(json).includes('"absent"'))
    assert.deepEqual(fresh, panels.slice(0, fresh.length))
    assert.ok(fresh.length >= 3)
    for (const { json, title } of fresh) {
      const { fieldConfig } = json
      assert.ok(isJsonObject(fieldConfig) && isJsonObject(fieldConfig.defaults))
      const { thresholds, mappings } = fieldConfig.defaults
      assert.ok(isJsonObject(thresholds))
      assert.deepEqual(listOf(thresholds.steps)[0], { value: null, color: 'red' }, title)
      const [absent] = listOf(mappings)
      assert.deepEqual(absent?.options, { match: 'null+nan', result: { text: 'absent', color: 'red' } }, title)
      // The last value of a range would outlive the exporter.
      for (const target of listOf(json.targets)) assert.equal(target.instant, true, title)
    }
  }
})

test('there are variables for data source, job, cluster, project and app, which follow the time range', () => {
  const common = ['datasource', 'job', 'cluster']
  for (const { uid, variables } of DASHBOARDS) {
    const needed = uid === 'gitops-exporter' ? [...common, 'instance'] : [...common, 'project', 'app']
    for (const name of needed) assert.ok(variables.has(name), `${uid} has no ${name}`)
    assert.equal(variables.get('datasource')?.query, 'prometheus')
    for (const [name, variable] of variables) {
      if (name === 'datasource') continue
      assert.deepEqual(variable.datasource, DATASOURCE, name)
      assert.equal(variable.refresh, 2, name)
      if (variable.multi === true) assert.match(String(variable.allValue), /^\.[*+]$/, name)
    }
  }
})

test('every variable that is used is declared, and every selector is of the chosen job', () => {
  for (const { uid, panels, annotations, variables } of DASHBOARDS)
    for (const query of [...panels.flatMap(({ queries }) => queries), ...annotations]) {
      for (const [, name = ''] of query.matchAll(/\$(?!__)(\w+)/g)) assert.ok(variables.has(name), `${uid}: $${name}`)
      // What Prometheus tells of alerts has no job.
      for (const [selector, name = ''] of query.matchAll(/\b([a-zA-Z_]+)\{[^}]*\}/g))
        assert.ok(name === 'ALERTS' || selector.includes('job=~"$job"'), `${uid}: ${selector}`)
      assert.doesNotMatch(query, /\bgitops_\w+(?![\w{])/, `${uid}: a metric without a selector`)
    }
})

test('counters are read as increases, over a range that Grafana chooses', () => {
  for (const query of QUERIES) {
    for (const [, name = ''] of query.matchAll(/(\w*\()?gitops_\w+_total\b/g))
      assert.match(name, /^(rate|increase)\($/, query)
    for (const { duration } of labelFlow(asked(query), labelsOf).ranges) assert.match(duration, /^(1m|6h)$/, query)
  }
})

test('panels have ids of their own and a place of their own in lines of 24 columns', () => {
  for (const { json } of DASHBOARDS) {
    const all = [...objects(json.panels)].filter(({ gridPos }) => gridPos !== undefined)
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
    const taken = new Set<string>()
    for (const { gridPos, title } of all) {
      assert.ok(isJsonObject(gridPos))
      const [x = 0, y = 0, w = 0, h = 0] = [gridPos.x, gridPos.y, gridPos.w, gridPos.h].map(Number)
      assert.ok(x + w <= 24, `${title} is too wide`)
      for (let column = x; column < x + w; column += 1)
        for (let line = y; line < y + h; line += 1) {
          assert.ok(!taken.has(`${column},${line}`), `${title} lies over another panel`)
          taken.add(`${column},${line}`)
        }
    }
  }
})

test('dashboards lead to each other, to the status page and to the runbooks, and every link is to something', async () => {
  const runbooks = await readdir(join(ROOT, 'docs/runbooks'))
  for (const { json } of DASHBOARDS) {
    const links = listOf(json.links)
    assert.deepEqual(json.tags, ['gitops-drift'])
    assert.ok(links.some(({ type, tags }) => type === 'dashboards' && JSON.stringify(tags) === '["gitops-drift"]'))
    const urls = [...objects(json)].flatMap(({ url }) => (typeof url === 'string' ? [url] : []))
    assert.ok(urls.some((url) => url.startsWith('$') && url.endsWith('{status_url}/')))
    assert.ok(urls.some((url) => url.endsWith('/docs/alerts.md')))
    for (const url of urls) {
      const page = /\/docs\/runbooks\/(\w+\.md)$/.exec(url)?.[1]
      if (page !== undefined) assert.ok(runbooks.includes(page), url)
      const uid = /^\/d\/([\w-]+)/.exec(url)?.[1]
      if (uid !== undefined)
        assert.ok(
          DASHBOARDS.some((dashboard) => dashboard.uid === uid),
          url,
        )
    }
  }
})

test('every alert has its runbook on the panel that shows what it is about', () => {
  const text = JSON.stringify(DASHBOARDS.map(({ json }) => json))
  const elsewhere = ['GitOpsAppsVanished', 'GitOpsAutoSyncOff', 'GitOpsManualSyncPending', 'GitOpsSuspendedTooLong']
  for (const { alert } of ALERTS)
    assert.equal(text.includes(`/docs/runbooks/${alert}.md`), !elsewhere.includes(alert), alert)
})

test('each dashboard shows what it is for, and what happened as annotations', () => {
  const asks = (uid: string): string =>
    PANELS.filter(({ dashboard }) => dashboard === uid)
      .flatMap(({ queries }) => queries)
      .join('\n')
  for (const [uid, metrics] of Object.entries({
    'gitops-fleet': [
      ...['gitops_exporter_build_info', 'gitops_discovery_up', 'gitops_app_last_evaluation_timestamp_seconds'],
      ...['gitops_cluster_up', 'gitops_repo_up', 'ALERTS', 'gitops_app_out_of_sync_since_timestamp_seconds'],
      ...['label_team', 'by (dest_cluster)', 'by (project)', 'gitops_app_applied_commit_timestamp_seconds'],
      ...['gitops_sync_lag_seconds_bucket', 'gitops_manual_changes_total', 'by (actor)'],
    ],
    'gitops-app': [
      ...['sync_status="OutOfSync"', 'gitops_app_controller_sync_status', 'gitops_drifted_object_info'],
      ...['gitops_app_revision_info', 'gitops_app_last_sync_lag_seconds', 'gitops_app_commits_behind'],
    ],
    'gitops-exporter': [
      ...['gitops_exporter_last_pass_timestamp_seconds', 'gitops_evaluation_queue_length'],
      ...['gitops_cluster_requests_total', 'process_resident_memory_bytes', 'process_cpu_seconds_total'],
    ],
  }))
    for (const metric of metrics) assert.ok(asks(uid).includes(metric), `${uid} does not show ${metric}`)
  for (const { uid, annotations } of DASHBOARDS) {
    if (uid === 'gitops-exporter') continue
    assert.ok(
      annotations.some((query) => query.includes('gitops_app_revision_info')),
      uid,
    )
    assert.ok(
      annotations.some((query) => query.includes('gitops_manual_changes_total')),
      uid,
    )
  }
})

test('the docs name each dashboard', async () => {
  const page = await readFile(join(ROOT, 'docs/dashboards.md'), 'utf8')
  for (const { uid } of DASHBOARDS) assert.ok(page.includes(`/${uid.replace('gitops-', '')}.json`), uid)
})
