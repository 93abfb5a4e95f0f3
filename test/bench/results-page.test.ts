import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseResults } from '../../bench/parse-results.ts'
import { type BenchResult, median } from '../../bench/result.ts'
import { resultsPage } from '../../bench/results-page.ts'

const result: BenchResult = {
  name: 'Scrape of 10 apps',
  unit: 'ms',
  rows: [
    { label: 'ours', values: { plain: 1.23456, gzip: 0.5 } },
    { label: 'theirs', values: { plain: 12345.6 } },
  ],
  ratio: { label: 'theirs against ours', value: 10.04 },
  target: { text: 'at least 10 times faster', met: true },
  note: 'Over loopback.',
}

test('results become a page of tables', () => {
  const page = resultsPage([{ name: 'metrics', results: [result] }], 'a machine', '', ['metrics'])
  assert.equal(
    page.slice(page.indexOf('## metrics')),
    `## metrics

### Scrape of 10 apps

| ms | plain | gzip |
| --- | ---: | ---: |
| ours | 1.23 | 0.5 |
| theirs | 12,300 |  |

**theirs against ours: 10**

Target: at least 10 times faster: met.

Over loopback.
`,
  )
  assert.match(page, /on: a machine\./)
})

test('a part of the benches replaces its own section, that of a bench which is no more goes, and what is written by hand stays at the end', () => {
  const before = '# Results\n\n## git\n\nold\n\n## metrics\n\nold\n\n## Where the time of a fleet goes\n\nThere.\n'
  const headings = (...benches: readonly string[]) =>
    resultsPage([{ name: 'metrics', results: [result] }], 'a machine', before, benches).match(
      /^##? .*$|^old$|^There\.$/gm,
    )
  assert.deepEqual(headings('git', 'metrics')?.slice(1), [
    '## git',
    'old',
    '## metrics',
    '## Where the time of a fleet goes',
    'There.',
  ])
  assert.deepEqual(headings('metrics')?.slice(1), ['## metrics', '## Where the time of a fleet goes', 'There.'])
})

test('what a bench process writes is read back, and what is no result is refused', () => {
  assert.deepEqual(parseResults(JSON.stringify([result])), [result])
  for (const wrong of ['{}', '[{}]', '[{"name":"x","unit":"ms","rows":[{"label":"a","values":{"b":"c"}}]}]'])
    assert.throws(() => parseResults(wrong), TypeError)
})

test('the median is the middle one, or lies between the two in the middle', () => {
  assert.equal(median([5, 1, 3]), 3)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.throws(() => median([]), RangeError)
})
