import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { ALERT_FILES } from '../../alerts/generated.ts'
import { RECORDING_RULES } from '../../alerts/recording-rules.ts'
import { ALERTS } from '../../alerts/rules.ts'
import { run } from '../servers/run.ts'
import { prometheusPath, skipWithout, toolPath } from '../tools/build.ts'
import { DECLARED, labelsOf, RECORDED } from './known-labels.ts'
import { labelFlow } from './label-flow.ts'

const ROOT = join(import.meta.dirname, '../..')
const RUNBOOKS = join(ROOT, 'docs/runbooks')
const names = [...new Set(ALERTS.map(({ alert }) => alert))]

test('promtool accepts the rule files, lint included', { skip: skipWithout('promtool') }, async () => {
  for (const file of ['rules.yaml', 'classic.yaml'])
    await run(prometheusPath('promtool'), ['check', 'rules', '--lint=all', '--lint-fatal', join(ROOT, 'alerts', file)])
})

test('amtool accepts the example for Alertmanager', { skip: skipWithout('amtool') }, async () => {
  await run(toolPath('amtool'), ['check-config', join(ROOT, 'alerts/alertmanager.example.yaml')])
})

test('the PrometheusRule holds the same groups as the rule file', async () => {
  const text = (path: string) => ALERT_FILES.find((file) => file.path === path)?.make() ?? ''
  const plain = parse(await text('alerts/rules.yaml'))
  const resource = parse(await text('alerts/prometheusrule.yaml'))
  assert.equal(resource.kind, 'PrometheusRule')
  assert.deepEqual(resource.spec.groups, plain.groups)
})

test('every metric and every label that a rule reads exists, and nothing is joined by chance', () => {
  for (const { expr } of ALERTS) labelFlow(expr, labelsOf)
  for (const { record } of RECORDING_RULES)
    assert.deepEqual([...(RECORDED.get(record) ?? [])].sort(), [...(DECLARED.get(record) ?? [])].sort(), record)
})

test('alerts carry no label of the target but those about an exporter', () => {
  for (const { alert, expr } of ALERTS) {
    const { labels } = labelFlow(expr, labelsOf)
    const isOfTarget = labels?.has('instance') === true || labels?.has('job') === true
    const mayBe = /^GitOps(Exporter|Evaluations|Config)/.test(alert)
    assert.ok(!isOfTarget || mayBe, `${alert} has ${[...(labels ?? [])].join(', ')}`)
  }
})

test('no expression reads a range over an hour of series of apps', () => {
  for (const { expr } of [...ALERTS, ...RECORDING_RULES])
    for (const { name, duration } of labelFlow(expr, labelsOf).ranges)
      if (labelsOf(name)?.includes('app_name')) assert.match(duration, /^(1h|\d+m)$/, `${name}[${duration}]`)
})

test('every alert has a severity, words for people, links, and says how long it waits and stays', () => {
  for (const { alert, labels, annotations, for: after, keep_firing_for } of ALERTS) {
    assert.match(labels.severity, /^(critical|warning|info)$/)
    assert.deepEqual(Object.keys(annotations), ['summary', 'description', 'runbook_url', 'dashboard_url', 'status_url'])
    assert.match(annotations.description ?? '', /[.}]$/)
    assert.match(after, /^\d+[mh]$/)
    assert.match(keep_firing_for, /^\d+[mh]$/)
    assert.ok(annotations.runbook_url?.endsWith(`/docs/runbooks/${alert}.md`))
  }
})

test('every alert is expected to fire in a scenario', async () => {
  const files = (await readdir(import.meta.dirname)).filter(
    (name) => name.endsWith('.test.ts') && name !== 'alerts.test.ts',
  )
  const texts = await Promise.all(files.map((name) => readFile(join(import.meta.dirname, name), 'utf8')))
  for (const name of names)
    assert.ok(
      texts.some((text) => text.includes(name)),
      `${name} fires in no scenario`,
    )
})

test('there is a runbook for each alert and for no other, with the same four parts', async () => {
  const pages = (await readdir(RUNBOOKS)).filter((name) => name.startsWith('GitOps'))
  assert.deepEqual(pages.sort(), names.map((name) => `${name}.md`).sort())
  for (const page of pages) {
    const text = await readFile(join(RUNBOOKS, page), 'utf8')
    const severities = ALERTS.filter(({ alert }) => `${alert}.md` === page).map(({ labels }) => labels.severity)
    assert.ok(text.startsWith(`# ${page.slice(0, -3)}\n`), page)
    for (const severity of severities) assert.match(text, new RegExp(`\\b${severity}\\b`, 'i'), `${page}: ${severity}`)
    assert.deepEqual(
      [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading),
      ['What it means', 'How to look', 'What to do', 'When to silence'],
      page,
    )
    assert.match(text.split('## How to look')[1]?.split('## What to do')[0] ?? '', /```(sh|promql)\n/, page)
  }
})

test('the page of how this fails says what happens without each thing that alerts rest on', async () => {
  const page = await readFile(join(RUNBOOKS, 'how-this-fails.md'), 'utf8')
  const rows = new Map([...page.matchAll(/^\| ([^|]+?) \| (.+) \|$/gm)].map(([, what = '', rest = '']) => [what, rest]))
  for (const [what, said] of [
    ['the exporter', /GitOpsExporterDown\.md\).*six hours/],
    ['one of several exporters', /GitOpsExporterInstanceLost\.md/],
    ['a cluster', /GitOpsClusterUnreachable\.md\), one notification/],
    ['the right to list apps', /GitOpsDiscoveryFailed\.md/],
    ['Prometheus, for less than five minutes', /go on/],
    ['Prometheus, for longer', /\*\*lost/],
    ['nobody evaluates the rules', /Watchdog/],
    ['Alertmanager', /dead man's switch/],
  ] as const)
    assert.match(rows.get(what) ?? '', said, what)
})

test('the page of alerts lists each alert with its severity and its time, and no other', async () => {
  const page = await readFile(join(ROOT, 'docs/alerts.md'), 'utf8')
  const rows = [...page.matchAll(/^\| \[(\w+)\]\(runbooks\/(\w+)\.md\) \| (\w+) \| (\w+) \|/gm)]
  assert.deepEqual(
    rows.map(([, name, file, severity, after]) => [name, file, severity, after]).sort(),
    ALERTS.map(({ alert, labels, for: after }) => [alert, alert, labels.severity, after]).sort(),
  )
})
