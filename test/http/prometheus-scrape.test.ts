import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { appReport } from '../metrics/reports.ts'
import { startPrometheus } from '../servers/prometheus.ts'
import { serve } from './serving.ts'
import { AUTHORITY, CLIENTS, HASH, PASSWORD, SERVER, webConfigFiles } from './web-config-files.ts'

const DEADLINE_MS = 60_000

test('Prometheus scrapes by TLS with a client certificate and a password', async () => {
  const tls = { ...SERVER, client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: 'clients.crt' }
  await using files = await webConfigFiles({ tls_server_config: tls, basic_auth_users: { prom: HASH } })
  const client = CLIENTS.issue({ commonName: 'prometheus' })
  await files.write('ca.crt', AUTHORITY.certificate)
  await files.write('client.crt', client.certificate)
  await files.write('client.key', client.key)
  const here = { address: '127.0.0.1', port: 0 }
  await using serving = await serve({
    updates: [{ type: 'app', report: appReport('shop') }],
    listen: { metrics: { ...here, webConfigFile: files.file }, pages: here },
  })
  await serving.flushed()
  const tlsConfig = {
    ca_file: join(files.path, 'ca.crt'),
    cert_file: join(files.path, 'client.crt'),
    key_file: join(files.path, 'client.key'),
  }
  const url = `${serving.http.metricsUrl}/metrics`
  const signedIn = { tls_config: tlsConfig, basic_auth: { username: 'prom', password: PASSWORD } }
  await using prometheus = await startPrometheus({
    scrape: [
      { job: 'signed-in', url, more: signedIn },
      { job: 'no-password', url, more: { tls_config: tlsConfig } },
      { job: 'no-certificate', url, more: { ...signedIn, tls_config: { ca_file: tlsConfig.ca_file } } },
    ],
    scrapeInterval: '1s',
  })
  const deadline = Date.now() + DEADLINE_MS
  const told = async (): Promise<Readonly<Record<string, number>>> =>
    Object.fromEntries((await prometheus.query('up')).map(({ labels, value }) => [labels.job ?? '', value]))
  while ((await told())['signed-in'] !== 1 || Object.keys(await told()).length < 3) {
    assert.ok(Date.now() < deadline, JSON.stringify(await prometheus.targets()))
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  assert.deepEqual(await told(), { 'signed-in': 1, 'no-password': 0, 'no-certificate': 0 })
  assert.equal((await prometheus.query('gitops_app_info{app_name="shop"}')).length, 1)
})
