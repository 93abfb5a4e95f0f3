import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInstance } from '../../src/sandbox/instance.ts'
import { ENVIRONMENT, filesOf, testModule } from './test-sandbox.ts'

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Chart.Name }}}\ndata:\n  v: {{ .Values.v }}\n'

test('an instance has the memory from its start that renderings of many charts take', async () => {
  const instance = createInstance(await testModule())
  const before = instance.memoryBytes()
  for (let number = 0; number < 300; number += 1) {
    const files = filesOf({
      'Chart.yaml': `apiVersion: v2\nname: chart-${number}\nversion: 1.0.0\n`,
      'values.yaml': `v: ${'x'.repeat(20_000)}${number}\n`,
      'templates/x.yaml': CONFIG_MAP,
    })
    const input = { source: 0, path: '', releaseName: 'r', namespace: 'n', kubeVersion: '1.36.0', apiVersions: [] }
    const { flags } = instance.call(Buffer.from('helm'), Buffer.from(JSON.stringify(input)), files, ENVIRONMENT)
    assert.equal(flags, 0)
  }
  // Go rounds up.
  const grown = (instance.memoryBytes() - before) / 2 ** 20
  assert.ok(grown <= 4, `it grew by ${grown} MiB`)
})
