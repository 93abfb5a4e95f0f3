import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Difference, ObjectVerdict } from '../../src/model/verdicts/difference.ts'
import { differenceText, displayPathText } from '../../src/presentation/difference-text.ts'
import { diffLines, withContext } from '../../src/presentation/line-diff.ts'
import { objectText } from '../../src/presentation/object-text.ts'
import { yamlDiff } from '../../src/presentation/yaml-diff.ts'
import fc from '../fast-check.ts'

const GOLDEN = join(import.meta.dirname, 'golden')

const actor = { manager: 'kubectl-edit', operation: 'Update', time: '2026-01-02T03:04:05Z' } as const

const DIFFERENCES: readonly Difference[] = [
  {
    path: '/spec/template/spec/containers/0/image',
    displayPath: ['spec', 'template', 'spec', 'containers', '[name=web]', 'image'],
    class: 'changed',
    effect: 'drift',
    desired: 'nginx:1.25',
    live: 'nginx:1.26',
    actor,
  },
  {
    path: '/spec/template/spec/containers/0/args',
    displayPath: ['spec', 'template', 'spec', 'containers', '[name=web]', 'args'],
    class: 'changed',
    effect: 'drift',
    desired: ['--a', '--b', '--c'],
    live: ['--a', '--x', '--c'],
  },
  {
    path: '/spec/template/spec/containers/1',
    displayPath: ['spec', 'template', 'spec', 'containers', '[name=debug]'],
    class: 'added',
    effect: 'drift',
    live: { image: 'busybox', name: 'debug' },
    actor: { manager: 'kubectl', operation: 'Update', subresource: 'ephemeralcontainers', user: 'jane' },
  },
  {
    path: '/metadata/annotations/kubectl.kubernetes.io~1restartedAt',
    displayPath: ['metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'],
    class: 'added',
    effect: 'report',
    live: '2026-01-01T00:00:00Z',
    actor: { manager: 'kubectl-rollout', operation: 'Update' },
  },
  { path: '/spec/paused', displayPath: ['spec', 'paused'], class: 'missing', effect: 'drift', desired: true },
  {
    path: '/spec/minReadySeconds',
    displayPath: ['spec', 'minReadySeconds'],
    class: 'removed',
    effect: 'drift',
    live: 5,
  },
]

const VERDICT: ObjectVerdict = {
  key: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  version: 'v1',
  state: 'changed',
  differences: DIFFERENCES,
  invalidFields: ['/spec/replica'],
}

function golden(name: string): string {
  return readFileSync(join(GOLDEN, name), 'utf8')
}

test('an object is shown as a person reads it', () => {
  assert.equal(objectText(VERDICT, { color: false }), golden('object.txt'))
})

test('on a terminal what runs is red and what is declared green', () => {
  assert.equal(objectText(VERDICT, { color: true }), golden('object-colored.txt'))
})

test('values of Secrets are shown as differing', () => {
  const redacted = (path: string, kind: Difference['class']): Difference => ({
    path: `/data/${path}`,
    displayPath: ['data', path],
    class: kind,
    effect: 'drift',
    desired: `redacted:${'0'.repeat(32)}`,
    live: `redacted:${'1'.repeat(32)}`,
    redacted: true,
  })
  const key = { group: '', kind: 'Secret', namespace: 'shop', name: 'db' }
  const differences = [redacted('password', 'changed'), redacted('token', 'missing'), redacted('old', 'removed')]
  const text = objectText({ key, version: 'v1', state: 'changed', differences }, { color: false })
  assert.equal(text, golden('secret.txt'))
})

test('a missing object is shown as a whole, an unknown one with its reason', () => {
  const key = { group: '', kind: 'ConfigMap', namespace: '', name: 'x' }
  const desired = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: 'one\ntwo\n' } }
  const missing = objectText(
    { key, version: 'v1', state: 'missing', differences: [{ path: '', class: 'missing', effect: 'drift', desired }] },
    { color: false },
  )
  const reason = { code: 'GDE_COMPARE_VERSION', message: 'declared in v1, read in v2' } as const
  const unknown = objectText({ key, version: 'v1', state: 'unknown', differences: [], reason }, { color: false })
  assert.equal(`${missing}${unknown}`, golden('missing.txt'))
})

test('a change inside a long text is shown with some lines around it', () => {
  const lines = (changed: string) =>
    Array.from({ length: 40 }, (_, index) => (index === 20 ? changed : `line ${index}`)).join('\n')
  const difference: Difference = {
    path: '/data/conf',
    displayPath: ['data', 'conf'],
    class: 'changed',
    effect: 'drift',
    desired: lines('new'),
    live: lines('old'),
  }
  assert.equal(
    `${yamlDiff([difference])
      .map(({ sign, text }) => sign + text)
      .join('\n')}\n`,
    golden('long-text.txt'),
  )
})

test('control characters of values do not reach a terminal', () => {
  const evil: Difference = { path: '/a', displayPath: ['a'], class: 'added', effect: 'drift', live: '\u001b[2J\u0007' }
  const text = objectText({ ...VERDICT, differences: [evil] }, { color: false })
  assert.doesNotMatch(text, /[^\P{Cc}\n]/u)
})

test('display paths are written with dots, odd names quoted', () => {
  const text = (...displayPath: readonly string[]) => displayPathText({ path: '/x', displayPath })
  assert.equal(text('spec', 'ports', '[port=80,protocol=TCP]', 'name'), 'spec.ports[port=80,protocol=TCP].name')
  assert.equal(text('metadata', 'labels', 'a.b/c'), 'metadata.labels["a.b/c"]')
  assert.equal(displayPathText({ path: '/spec/x' }), '/spec/x')
  assert.equal(displayPathText({ path: '' }), '(whole object)')
})

test('long values are cut on a line', () => {
  const [difference] = DIFFERENCES
  assert.ok(difference !== undefined)
  const text = differenceText({ ...difference, live: 'x'.repeat(500) })
  assert.ok(text.length < 300 && text.includes('…'))
})

test('a line diff leads from the one text to the other', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 20 })
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const diff = diffLines(before, after)
      assert.deepEqual(
        diff.filter(({ sign }) => sign !== '+').map(({ text }) => text),
        before,
      )
      assert.deepEqual(
        diff.filter(({ sign }) => sign !== '-').map(({ text }) => text),
        after,
      )
    }),
  )
})

test('a text is its own diff, and an enormous one ends', () => {
  assert.ok(diffLines(['a', 'b'], ['a', 'b']).every(({ sign }) => sign === ' '))
  const many = (prefix: string) => Array.from({ length: 20_000 }, (_, index) => `${prefix}${index}`)
  assert.equal(diffLines(many('a'), many('b')).length, 40_000)
  assert.deepEqual(withContext(diffLines(['a'], ['a']), 3), [{ sign: ' ', text: '…' }])
})
