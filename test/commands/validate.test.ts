import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { builtProgram, runProgram } from './program.ts'

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLE = join(ROOT, 'docs/config.example.yaml')
const BROKEN = join(ROOT, 'test/config/invalid/several-at-once.yaml')

before(builtProgram)

test('a good config is said to be one', async () => {
  const { code, out } = await runProgram('validate', '--config', EXAMPLE)
  assert.equal(code, 0)
  assert.equal(out, `${EXAMPLE}: ok: 4 clusters, 3 repositories, 6 apps\n`)
})

test('a bad config is reported with every mistake, and exit code 2', async () => {
  const { code, out } = await runProgram('validate', '--config', BROKEN)
  assert.equal(code, 2)
  assert.equal(out, await readFile(BROKEN.replace('.yaml', '.txt'), 'utf8'))
})

test('as JSON every mistake has code, file, line and column', async () => {
  const { code, out } = await runProgram('validate', '--config', BROKEN, '--output', 'json')
  assert.equal(code, 2)
  const report = JSON.parse(out)
  assert.equal(report.apiVersion, 'gitops-drift-exporter/v1')
  assert.equal(report.valid, false)
  assert.deepEqual(report.errors[0], {
    code: 'GDE_CONFIG_INVALID',
    message: 'unknown key "schedul"; did you mean "schedule"?',
    file: 'several-at-once.yaml',
    line: 1,
    column: 1,
  })
})

test('a file that is not there is a coded error', async () => {
  const { code, out } = await runProgram('validate', '--config', join(ROOT, 'no-such.yaml'))
  assert.equal(code, 2)
  assert.match(out, /no such file \(GDE_CONFIG_READ\)/)
})

test('a metric that is left out is told with the alerts that read it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gde-validate-'))
  const config = join(folder, 'config.yaml')
  await writeFile(config, 'metrics:\n  deny: [gitops_app_verdict_disagrees, gitops_app_source_info]\nclusters: []\n')
  try {
    const { code, out } = await runProgram('validate', '--config', config)
    assert.equal(code, 0)
    assert.match(
      out,
      /warning: gitops_app_verdict_disagrees is not exported, and these alerts read it: GitOpsControllerDisagrees \(GDE_METRIC_DENIED\)\n/,
    )
    assert.doesNotMatch(out, /gitops_app_source_info/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
