import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { temporaryFolder } from '../servers/folder.ts'
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
  await using folder = await temporaryFolder('validate')
  const config = join(folder.path, 'config.yaml')
  await writeFile(config, 'metrics:\n  deny: [gitops_app_verdict_disagrees, gitops_app_source_info]\nclusters: []\n')
  const { code, out } = await runProgram('validate', '--config', config)
  assert.equal(code, 0)
  assert.match(
    out,
    /warning: gitops_app_verdict_disagrees is not exported, and these alerts read it: GitOpsControllerDisagrees \(GDE_METRIC_DENIED\)\n/,
  )
  assert.doesNotMatch(out, /gitops_app_source_info/)
})

test('what is wrong with the web configs of the listeners is told as well, and no hash', async () => {
  await using folder = await temporaryFolder('validate')
  const config = join(folder.path, 'config.yaml')
  const web = join(folder.path, 'web.yaml')
  await writeFile(config, 'metrics: { webConfigFile: web.yaml }\npages: { webConfigFile: other.yaml }\n')
  await writeFile(web, 'basic_auth_users:\n  reader: no-hash-at-all\ntls_server_confg: {}\n')
  const { code, out } = await runProgram('validate', '--config', config)
  assert.equal(code, 2)
  assert.match(out, /^web\.yaml:2:\d+: .*bcrypt.*\(GDE_CONFIG_INVALID\)$/m)
  assert.match(out, /^web\.yaml:3:\d+: .*tls_server_confg/m)
  assert.match(out, /other\.yaml.*no such file \(GDE_CONFIG_READ\)$/m)
  assert.doesNotMatch(out, /no-hash-at-all/)
  await writeFile(web, 'http_server_config: { http2: false }\n')
  await writeFile(join(folder.path, 'other.yaml'), '')
  assert.equal((await runProgram('validate', '--config', config)).code, 0)
})
