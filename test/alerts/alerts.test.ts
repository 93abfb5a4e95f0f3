import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { prometheusRule, ruleFile } from '../../alerts/generated.ts'
import { ALERT_GROUPS } from '../../alerts/rules.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'

const ROOT = join(import.meta.dirname, '../..')
const ALERTS = join(ROOT, 'alerts')
const rules = ALERT_GROUPS.flatMap((group) => group.rules)

test('promtool accepts the rule file, lint included', { skip: skipWithout('promtool') }, async () => {
  await run(toolPath('promtool'), ['check', 'rules', '--lint=all', '--lint-fatal', join(ALERTS, 'rules.yaml')])
})

for (const file of (await readdir(ALERTS)).filter((name) => name.endsWith('.test.yaml')))
  test(`promtool's unit tests pass: ${file}`, { skip: skipWithout('promtool') }, async () => {
    await run(toolPath('promtool'), ['test', 'rules', join(ALERTS, file)])
  })

test('the PrometheusRule holds the same groups as the rule file', async () => {
  const plain = parse(await ruleFile.make())
  const resource = parse(await prometheusRule.make())
  assert.equal(resource.kind, 'PrometheusRule')
  assert.deepEqual(resource.spec.groups, plain.groups)
})

test('every alert has a severity, words for people, and a unit test', async () => {
  const tests = await Promise.all(
    (await readdir(ALERTS))
      .filter((name) => name.endsWith('.test.yaml'))
      .map((name) => readFile(join(ALERTS, name), 'utf8')),
  )
  for (const { alert, labels, annotations } of rules) {
    assert.match(labels.severity ?? '', /^(warning|critical)$/)
    assert.deepEqual(Object.keys(annotations), ['summary', 'description', 'runbook_url'])
    assert.ok(
      tests.some((text) => text.includes(`alertname: ${alert}\n`)),
      `${alert} is expected to fire in no test`,
    )
  }
})

test('docs/alerts.md has a heading for each alert, where its runbook_url points, and for no other', async () => {
  const page = await readFile(join(ROOT, 'docs/alerts.md'), 'utf8')
  const headings = [...page.matchAll(/^## (.+)$/gm)].map((match) => match[1])
  assert.deepEqual(
    headings,
    rules.map(({ alert }) => alert),
  )
  for (const { alert, annotations } of rules)
    assert.ok(annotations.runbook_url?.endsWith(`/docs/alerts.md#${alert.toLowerCase()}`))
})
