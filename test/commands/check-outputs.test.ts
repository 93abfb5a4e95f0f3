import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DOMParser } from '@xmldom/xmldom'
import type { CheckResult } from '../../src/commands/check/check-result.ts'
import { githubText } from '../../src/commands/check/github.ts'
import { junitText } from '../../src/commands/check/junit.ts'
import { markdownText } from '../../src/commands/check/markdown.ts'
import { sarifText } from '../../src/commands/check/sarif.ts'
import { streamVerdicts } from '../../src/commands/check/stream-verdicts.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import type { ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { appReport } from '../metrics/reports.ts'

/** What ends or begins something in any of the formats, and what a terminal obeys. */
const HOSTILE =
  'a]]>b<c>&"\'|`d`\\|e\n::error::f\r\n%0A::stop-commands::g {0} [h](http://i) @j <!-- k --> \u001b[31m\u0000\ufffe\u202e'

function changed(name: string, path = '/spec/replicas'): ObjectVerdict {
  return {
    key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name },
    version: 'v1',
    state: 'changed',
    differences: [{ path, class: 'changed', effect: 'drift', desired: HOSTILE, live: 5 }],
  }
}

const SYNCED = appReport('fine')
const DRIFTED = appReport(
  HOSTILE,
  {
    destination: `prod ${HOSTILE}`,
    project: HOSTILE,
    sources: [{ url: 'https://x', path: `apps/${HOSTILE}`, targetRevision: 'main' }],
  },
  {
    outcome: { status: 'OutOfSync', cause: 'live' },
    objects: [changed(HOSTILE, `/metadata/labels/${HOSTILE}`)],
    objectCounts: { ...SYNCED.verdict.objectCounts, changed: 1 },
    revisions: [
      {
        repository: 'https://bot:token@git.example.com/platform.git',
        path: '',
        targetRevision: '',
        commit: 'abc',
        commitTime: 1,
      },
    ],
  },
)
const UNKNOWN = appReport(
  'broken',
  {},
  {
    outcome: {
      status: 'Unknown',
      reason: { code: 'GDE_RENDER_YAML', message: HOSTILE, file: 'apps/a b/x,y:z.yaml', line: 4, column: 1 },
    },
  },
)

function resultOf(shown: readonly AppReport[]): CheckResult {
  const problems = [{ subject: HOSTILE, failure: { code: 'GDE_NOT_PERMITTED', message: HOSTILE } }] as const
  return { shown, all: shown, problems, clusters: [], objects: new Map(), exitCode: 2 }
}
const RESULT = resultOf([SYNCED, DRIFTED, UNKNOWN])

/** What `visibleText` and XML's own rules leave of the hostile text. */
const SHOWN = String.raw`a]]>b<c>&"'|${'`'}d${'`'}\|e\u000a::error::f\u000d\u000a%0A::stop-commands::g {0} [h](http://i) @j <!-- k --> \u001b[31m\u0000\ufffe\u202e`

test('JUnit: a suite per cluster; drift is a failure, Unknown an error, and names come back as they are', () => {
  const text = junitText(RESULT)
  const document = new DOMParser({
    onError: (level, message) => {
      throw new Error(`${level}: ${message}`)
    },
  }).parseFromString(text, 'text/xml')
  const suites = [...document.getElementsByTagName('testsuite')]
  assert.deepEqual(
    suites.map((suite) => ['name', 'tests', 'failures', 'errors'].map((name) => suite.getAttribute(name))),
    [
      ['prod-us', '2', '0', '1'],
      [`prod ${SHOWN}`, '1', '1', '0'],
      ['discovery', '1', '0', '1'],
    ],
  )
  const [failure] = [...document.getElementsByTagName('failure')]
  assert.equal(failure?.getAttribute('type'), 'live')
  assert.match(failure?.textContent ?? '', /Deployment\.apps shop\/a\]\]>b<c>/)
  const errors = [...document.getElementsByTagName('error')]
  assert.deepEqual(
    errors.map((error) => [error.getAttribute('type'), error.getAttribute('message')]),
    [
      ['GDE_RENDER_YAML', SHOWN],
      ['GDE_NOT_PERMITTED', SHOWN],
    ],
  )
})

test('GitHub: each line is one command, and what would end it or begin another is escaped', () => {
  const lines = githubText(RESULT).trimEnd().split('\n')
  assert.equal(lines.length, 4)
  assert.equal(lines.pop(), '3 apps: 1 Synced, 1 OutOfSync, 1 Unknown')
  for (const line of lines) {
    const parts = /^::(error|warning) ([^:]*)::(.*)$/.exec(line)
    assert.ok(parts !== null, line)
    for (const property of (parts[2] ?? '').split(',')) assert.match(property, /^(title|file|line|col)=/)
    assert.doesNotMatch(line, /\p{Cc}/u)
    assert.doesNotMatch(line.replaceAll(/%(25|0A|0D|3A|2C)/g, ''), /%/)
  }
  assert.match(lines[1] ?? '', /^::error file=apps\/a b\/x%2Cy%3Az\.yaml,line=4,col=1,title=/)
})

test('Markdown: what comes from outside is code, and nothing in it is a structure', () => {
  const text = markdownText(RESULT)
  const outside = [...text.matchAll(/<code>(.*?)<\/code>/gs)].map((match) => match[1] ?? '')
  assert.ok(outside.length > 8)
  for (const one of outside) assert.match(one.replaceAll(/&#\d+;/g, ''), /^[\p{L}\p{N} ./,=-]*$/u)
  // What is left is this program's own text.
  const own = text.replaceAll(/<code>.*?<\/code>/gs, '')
  assert.doesNotMatch(own, /::|http|<|`/)
  const rows = own.split('\n').filter((line) => line.startsWith('|'))
  assert.equal(rows.length, 5)
  for (const line of rows) assert.equal(line.split('|').length, 7, line)
})

test('SARIF: a result per drifted object and per Unknown app, each at a URI, with its rule', () => {
  const log = JSON.parse(sarifText(RESULT))
  const [run] = log.runs
  assert.deepEqual([log.version, log.runs.length], ['2.1.0', 1])
  const { rules } = run.tool.driver
  assert.deepEqual(
    rules.map(({ id }: { id: string }) => id),
    ['GDE_RENDER_YAML', 'changed'],
  )
  for (const { ruleId, ruleIndex, message, locations } of run.results) {
    assert.equal(rules[ruleIndex].id, ruleId)
    // A placeholder without an argument and a link are what readers would make of single braces and of brackets.
    assert.doesNotMatch(message.text.replaceAll(/\{\{|\}\}/g, ''), /[{}]|\]\(/)
    const { uri } = locations[0].physicalLocation.artifactLocation
    assert.ok(!uri.startsWith('/') && new URL(uri, 'file:///repository/').href.startsWith('file:///repository/'), uri)
    assert.match(uri, /^[\w.!~*'()%/-]+$/)
  }
  assert.deepEqual(run.results[1].locations[0].physicalLocation.region, { startLine: 4, startColumn: 1 })
  assert.deepEqual(run.versionControlProvenance, [
    { repositoryUri: 'https://git.example.com/platform.git', revisionId: 'abc' },
  ])
  assert.deepEqual(run.invocations[0].toolExecutionNotifications[0].descriptor, { id: 'GDE_NOT_PERMITTED' })
  assert.equal(
    new Set(run.results.map((one: { partialFingerprints: object }) => JSON.stringify(one.partialFingerprints))).size,
    2,
  )
})

test('a line of the table is written while others are judged; the last word of an app stands below', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const written: string[] = []
  const stream = streamVerdicts({
    out: { write: (text) => written.push(text) },
    isShown: () => true,
    beforeWrite: () => undefined,
  })
  const [slow, quick] = [appReport('slow'), appReport('quick')]
  // Only names and destinations are read of the apps.
  stream.start([slow.summary, quick.summary])
  stream.add(quick)
  context.mock.timers.tick(1_000)
  assert.deepEqual(written, ['APP    CLUSTER  STATUS     WHY   OBJECTS\nquick  prod-us  Synced           1 synced\n'])
  const drifted = appReport('quick', {}, { outcome: { status: 'OutOfSync', cause: 'live' } })
  stream.add(drifted)
  context.mock.timers.tick(1_000)
  assert.equal(written.length, 1)
  stream.end([drifted, slow])
  assert.deepEqual(written.slice(1), [
    'slow   prod-us  Synced           1 synced\n',
    '\nchanged meanwhile:\nquick  prod-us  OutOfSync  live  1 synced\n',
  ])
})
