import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LABEL_VALUE_LIMIT, labelValueText, sampleLine, valueText } from '../../src/metrics/exposition/series-text.ts'
import { metricLabels } from '../../src/metrics/families/kubernetes-labels.ts'
import { argocdRepositoryLabel, repositoryLabel } from '../../src/metrics/families/repository-label.ts'
import fc from '../fast-check.ts'

/** Reads a label value as Prometheus does. */
function readLabelValue(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}

test('any text is read back from a label value, but for control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (value) => {
      const text = labelValueText(value)
      assert.ok(!/(?<!\\)(\\\\)*"/.test(text) && !text.includes('\n'), 'it would end the value or the line')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
      assert.equal(readLabelValue(text), value.replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, '\ufffd'))
    }),
  )
})

test('a label value of a megabyte is cut', () => {
  assert.equal(labelValueText('x'.repeat(1_000_000)).length, LABEL_VALUE_LIMIT)
})

test('sample values are written as Go reads them', () => {
  assert.deepEqual([0, -0, 1.5, 1e21, 1e-7, Number.NaN, Infinity, -Infinity].map(valueText), [
    '0',
    '0',
    '1.5',
    '1e+21',
    '1e-7',
    'NaN',
    '+Inf',
    '-Inf',
  ])
  assert.equal(sampleLine('up', '', 1), 'up 1\n')
  assert.equal(sampleLine('up', 'job="a"', 0), 'up{job="a"} 0\n')
})

test('labels of Kubernetes become metric labels as kube-state-metrics makes them', () => {
  assert.deepEqual(metricLabels({ 'app.kubernetes.io/name': 'a', partOf: 'b', 'Über-x': 'c' }), [
    ['label_app_kubernetes_io_name', 'a'],
    ['label_part_of', 'b'],
    ['label__ber_x', 'c'],
  ])
})

test('labels whose names end up equal get a suffix each, in the order of their keys', () => {
  assert.deepEqual(metricLabels({ 'a.b': '2', 'a-b': '1', a_b: '3', other: '4' }), [
    ['label_a_b_conflict1', '1'],
    ['label_a_b_conflict2', '2'],
    ['label_a_b_conflict3', '3'],
    ['label_other', '4'],
  ])
})

test('every set of labels gives names that are valid and distinct', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string()), (labels) => {
      const names = metricLabels(labels).map(([name]) => name)
      assert.equal(new Set(names).size, names.length)
      for (const name of names) assert.match(name, /^label_[a-z0-9_]*$/)
    }),
  )
})

test('the spellings of one repository have one label, without user info', () => {
  const spellings = [
    'https://git.example.com/web/platform',
    'https://git.example.com/web/platform.git',
    'https://git.example.com/web/platform.git/',
    'https://GIT.example.com/web/platform',
    'https://user:secret@git.example.com/web/platform.git?token=x#y',
  ]
  assert.deepEqual([...new Set(spellings.map(repositoryLabel))], ['https://git.example.com/web/platform'])
  assert.equal(repositoryLabel('git@github.com:web/platform.git'), 'ssh://github.com/web/platform')
  assert.equal(repositoryLabel('ssh://git@github.com:22/web/platform.git'), 'ssh://github.com:22/web/platform')
  assert.equal(repositoryLabel('file:///srv/Platform.git'), 'file:///srv/Platform')
  assert.equal(repositoryLabel('file:relative/repo'), 'file:relative/repo')
  assert.equal(repositoryLabel(''), '')
})

test("Argo CD's spelling of a repository is lower case and leaves ssh:// out", () => {
  assert.equal(argocdRepositoryLabel('https://github.com/Web/Platform.git'), 'https://github.com/web/platform')
  assert.equal(argocdRepositoryLabel('git@github.com:Web/Platform.git'), 'github.com/web/platform')
})

test('no repository label ever holds user info', () => {
  fc.assert(
    fc.property(
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.constantFrom('u:secret@', 's@cret:secret@'),
      (url, user) => {
        assert.ok(!repositoryLabel(url.replace('://', `://${user}`)).includes('secret@'))
      },
    ),
  )
})
