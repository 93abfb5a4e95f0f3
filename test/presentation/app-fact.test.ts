import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERRORS, type ErrorCode } from '../../src/model/errors.ts'
import type { NamedCommit } from '../../src/model/sources/git.ts'
import type { Difference, ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import type { Verdict } from '../../src/model/verdicts/verdict.ts'
import { visibleText } from '../../src/model/visible-text.ts'
import { appFact, factText } from '../../src/presentation/app-fact.ts'
import { changeText } from '../../src/presentation/change-text.ts'
import { failedStep } from '../../src/presentation/failed-step.ts'
import { appReport } from '../metrics/reports.ts'

const NOW = 1_800_000_000
const field = (path: string, rest: Partial<Difference> = {}): Difference => ({
  path,
  class: 'changed',
  effect: 'drift',
  ...rest,
})
const object = (differences: readonly Difference[], rest: Partial<ObjectVerdict> = {}): ObjectVerdict => ({
  key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'front' },
  version: 'v1',
  state: 'changed',
  differences,
  ...rest,
})

function factOf(
  objects: readonly ObjectVerdict[],
  cause: 'git' | 'live' | 'both' = 'live',
  verdict: Partial<Verdict> = {},
  { showValues = true, waiting }: { readonly showValues?: boolean; readonly waiting?: NamedCommit } = {},
): string {
  const counts = { changed: 0, missing: 0, removed: 0, added: 0 }
  const states = { synced: 0, changed: 0, missing: 0, extra: 0, unknown: 0, ignored: 0, skipped: 0 }
  for (const { state, differences } of objects) {
    states[state] += 1
    for (const difference of differences) counts[difference.class] += 1
  }
  const report = appReport(
    'shop',
    {},
    {
      outcome: { status: 'OutOfSync', cause },
      outOfSyncSince: NOW - 480,
      objects,
      objectCounts: states,
      differenceCounts: counts,
      ...verdict,
    },
  )
  const fact = appFact({ ...report, ...(waiting !== undefined && { waitingCommit: waiting }) }, { showValues })
  assert.ok(fact !== undefined)
  return factText(fact, NOW)
}

const SCALE = {
  manager: 'kubectl-scale',
  operation: 'Update',
  subresource: 'scale',
  time: new Date((NOW - 7200) * 1000).toISOString(),
  user: 'alice',
} as const
const replicas = field('/spec/replicas', { desired: 3, live: 11, actor: SCALE })

test('what a person did is told with the values, the program, the person and the field’s own time', () => {
  assert.equal(factOf([object([replicas])]), 'replicas 3→11 · kubectl scale by alice · 2 h')
})

test('what Git says and the cluster does not have yet is told with the commit, from what runs to what is declared', () => {
  const image = field('/spec/template/spec/containers/0/image', {
    desired: 'registry.example.com:5000/shop/storefront:1.5',
    live: 'registry.example.com:5000/shop/storefront:1.4',
  })
  const revisions = [
    { repository: 'a', path: '', targetRevision: 'main', commit: '67f9d6abcdef', commitTime: NOW - 500 },
  ]
  assert.equal(factOf([object([image])], 'git', { revisions }), 'image 1.4→1.5 · commit 67f9d6a, not applied for 8 min')
  const said = revisions.map((revision) => ({ ...revision, subject: 'storefront 1.5' }))
  assert.equal(
    factOf([object([image])], 'git', { revisions: said }),
    'image 1.4→1.5 · commit 67f9d6a "storefront 1.5", not applied for 8 min',
  )
  // The branch may have moved on for other apps.
  const waiting = { commit: 'abcdef1234', subject: 'storefront 1.5' }
  assert.match(
    factOf([object([image])], 'git', { revisions }, { waiting }),
    /commit abcdef1 "storefront 1\.5", not applied/,
  )
})

test('what a person looks for first leads, and the rest is counted', () => {
  const noise = [
    field('/metadata/labels/a', { desired: '1', live: '2' }),
    field('/spec/paused', { class: 'added', live: true }),
  ]
  assert.equal(factOf([object([...noise, replicas])]), 'replicas 3→11 and 2 more · kubectl scale by alice · 2 h')
})

test('several objects are told apart by name, and objects that are missing or left are told whole', () => {
  const gone = object([], { state: 'missing', key: { group: '', kind: 'Service', namespace: 'shop', name: 'api' } })
  assert.equal(factOf([gone]), 'Service api is not there · 8 min')
  assert.match(factOf([gone, object([replicas])]), /^Deployment front: replicas 3→11 and 1 more/)
  assert.equal(factOf([object([], { state: 'extra' })]), 'Deployment front is gone from Git · 8 min')
})

test('where both sides moved, a change is told as its own object moved', () => {
  const change = field('/spec/template/spec/containers/0/image', { desired: 'a:2', live: 'a:1' })
  assert.match(factOf([object([change], { cause: 'git' })], 'both'), /^image 1→2/)
  assert.match(factOf([object([change], { cause: 'live' })], 'both'), /^image 2→1/)
})

test('what is only reported never leads', () => {
  const reported = field('/spec/template/spec/containers/0/image', { effect: 'report', desired: 'a:1', live: 'a:2' })
  assert.match(
    factOf([object([reported, field('/spec/paused', { desired: false, live: true })])]),
    /^paused false→true/,
  )
})

test('values of Secrets, withheld ones, and all of them where they may not be seen, are in no fact', () => {
  const secret = { desired: 'canary', live: 'canary' }
  for (const [rest, showValues] of [
    [{ redacted: true }, true],
    [{ withheld: true }, true],
    [{}, false],
  ] as const) {
    const text = factOf([object([field('/data/token', { ...secret, ...rest })])], 'live', {}, { showValues })
    assert.equal(text, 'token differs · 8 min')
  }
})

test('a field that was written before the app was last in sync does not say since when it drifts', () => {
  const written = NOW - 7200
  const since = (lastSynced: number) => factOf([object([replicas])], 'live', { lastSynced })
  assert.match(since(written + 3600), /8 min$/)
  assert.match(since(written + 0.4), /2 h$/)
})

test('fields are named as people name them', () => {
  const named = (displayPath: readonly string[]) =>
    changeText(field('/x', { displayPath, desired: 'a', live: 'b' }), { cause: 'live', showValues: true })
  assert.equal(named(['metadata', 'annotations', 'a.b/c']), 'annotation a.b/c a→b')
  assert.equal(named(['spec', 'containers', '[name=web]', 'env', '[name=MODE]', 'value']), 'MODE value a→b')
  assert.equal(named(['spec', 'args', '2']), 'args[2] a→b')
  const whole = changeText(field('/spec/a', { class: 'added', live: { x: 1, y: [] } }), {
    cause: 'live',
    showValues: true,
  })
  assert.equal(whole, 'a 2 fields added')
})

test('images of another name are told whole, and a host with a port is no image with a tag', () => {
  const change = (desired: string, live: string, path = '/image') =>
    changeText(field(path, { desired, live }), { cause: 'live', showValues: true })
  assert.equal(change('a/web:1', 'b/web:1'), 'image a/web:1→b/web:1')
  assert.equal(change('web:1', `web@sha256:${'ab'.repeat(32)}`), 'image 1→abababababab')
  assert.equal(change('db:5432', 'db:5433', '/address'), 'address db:5432→db:5433')
})

test('however long values, names and messages are, the fact is a line', () => {
  const long = 'x'.repeat(100_000)
  assert.ok(factOf([object([field(`/data/${long}`, { desired: long, live: `${long}\n${long}` })])]).length < 300)
  const hostile = factOf([object([field('/data/a', { desired: 'a\u001b[31m\nb', live: '\u202e' })])])
  assert.equal(hostile, visibleText(hostile))
})

test('an app that cannot be judged says which step failed and where', () => {
  const report = appReport(
    'shop',
    {},
    {
      outcome: { status: 'Unknown', reason: { code: 'GDE_RENDER_YAML', message: 'no YAML', file: 'a.yaml', line: 7 } },
      unknownSince: NOW - 60,
    },
  )
  const fact = appFact(report, { showValues: true })
  assert.equal(fact && factText(fact, NOW), 'rendering failed: a.yaml:7: no YAML · 1 min')
  assert.equal(appFact(appReport('blog'), { showValues: true }), undefined)
})

test('a code that names what an app could not be judged for has a step', () => {
  const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code)
  const without = Object.keys(ERRORS)
    .filter(isCode)
    .filter((code) => failedStep({ code }) === undefined)
  // Of the exporter itself, of its commands, or of any step.
  assert.deepEqual(
    without.filter(
      (code) =>
        !/^GDE_(ABORTED|INTERNAL|NOT_EVALUATED|STALE|TIMEOUT|TOO_LARGE|STATE_|TEMPORARY_|JOURNAL_|DIFF_|LISTEN|METRIC_|ZERO_)/.test(
          code,
        ),
    ),
    [],
  )
  assert.equal(failedStep({ code: 'GDE_STALE', repository: 'a' }), 'fetch')
  assert.equal(failedStep({ code: 'GDE_STALE', cluster: 'a' }), 'read')
  assert.equal(failedStep({ code: 'GDE_TOO_LARGE', repository: 'a', file: 'b.yaml' }), 'render')
  assert.equal(failedStep({ code: 'GDE_TIMEOUT' }), undefined)
})
