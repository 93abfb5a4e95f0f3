import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean, nearestName } from '../../src/text/nearest-name.ts'

const NAMES = ['clusters', 'cluster', 'apps', 'kubeconfig', 'snapshot', 'selfHeal']

test('a slip of the finger is understood: a letter more, less, other, swapped, or in another case', () => {
  const slips = ['clustersx', 'clsters', 'clustirs', 'clsuters', 'CLUSTERS', 'kubeconfg', 'selfheal', 'app']
  assert.deepEqual(
    slips.map((slip) => nearestName(slip, NAMES)),
    ['clusters', 'clusters', 'clusters', 'clusters', 'clusters', 'kubeconfig', 'selfHeal', 'apps'],
  )
})

test('what resembles nothing gets no guess', () => {
  assert.deepEqual(
    ['datacenter', '', 'x', 'snap'].map((word) => nearestName(word, NAMES)),
    [undefined, undefined, undefined, undefined],
  )
  assert.equal(didYouMean('datacenter', NAMES), '')
})
