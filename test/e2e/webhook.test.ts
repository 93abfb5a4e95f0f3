import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { manifest } from '../discovery/argocd/resources.ts'
import { createWorkingRepository } from '../git/working-repository.ts'
import { githubEvent } from '../http/webhooks/payloads.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { startExporter } from './exporter.ts'

const SECRET = 'a secret of the webhook'

test('a push event shows a commit on /metrics that no poll would find within the hour', {
  timeout: 120_000,
}, async () => {
  await builtProgram()
  await using folder = await temporaryFolder('webhook')
  const platform = await createWorkingRepository(join(folder.path, 'git/platform'))
  await platform.commit({ 'shop/a.json': manifest('a') })
  await using server = await startGitServer({ root: join(folder.path, 'git') })
  const repository = `${server.url}/platform`
  const live = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'shop' },
    data: { key: 'value' },
  }
  await mkdir(join(folder.path, 'prod'))
  await writeFile(join(folder.path, 'prod/a.json'), JSON.stringify(live))
  await writeFile(join(folder.path, 'webhook-secret'), SECRET)
  const config = join(folder.path, 'config.json')
  await writeFile(
    config,
    JSON.stringify({
      metrics: { address: '127.0.0.1', port: 0 },
      pages: { port: 0 },
      webhooks: {
        address: '127.0.0.1',
        port: 0,
        receivers: [{ name: 'hub', type: 'github', secretFile: './webhook-secret' }],
      },
      // Nor does a full pass ask.
      schedule: '0 0 29 2 *',
      stateDirectory: './state',
      staleAfter: { git: '3h' },
      repositories: [{ url: repository, pollInterval: '1h' }],
      clusters: [{ name: 'prod', snapshot: { path: './prod', kinds: ['ConfigMap'] } }],
      apps: [
        {
          name: 'shop',
          source: { repository, revision: 'main', path: 'shop' },
          destination: { cluster: 'prod', namespace: 'shop' },
        },
      ],
    }),
  )
  await using exporter = await startExporter(config)
  await exporter.untilApp('shop@prod', { status: 'Synced' })
  const url = await until('the address of the webhooks', async () => {
    const line = exporter
      .log()
      .split('\n')
      .find((one) => one.includes('"msg":"listening"'))
    return line === undefined ? undefined : String(JSON.parse(line).webhooks)
  })
  await platform.commit({ 'shop/a.json': manifest('a', { key: 'another' }) })
  const { headers, body } = githubEvent(
    JSON.stringify({ ref: 'refs/heads/main', repository: { clone_url: `${repository}.git` } }),
    SECRET,
  )
  const answer = await fetch(`${url}/webhooks/hub`, { method: 'POST', headers, body })
  assert.equal(answer.status, 202)
  await exporter.untilApp('shop@prod', { status: 'OutOfSync', cause: 'git' })
  await exporter.stop()
})
