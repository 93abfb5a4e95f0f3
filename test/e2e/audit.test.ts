import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { readAuditLine } from '../../src/journal/audit/read-audit-event.ts'
import { journalPath } from '../../src/journal/store/journal-path.ts'
import type { Episode } from '../../src/model/journal/episode.ts'
import { builtProgram, runProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { configMap, createFixture } from '../engine/engine-fixture.ts'
import { readEpisodes } from '../journal/read-episodes.ts'
import { type Certificate, createCertificateAuthority } from '../servers/certificate.ts'
import { startKubeApiServer } from '../servers/kube-apiserver.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { freePort } from '../servers/port.ts'
import { deployedReader } from './deployed-reader.ts'
import { startExporter } from './exporter.ts'

const POLICY = join(import.meta.dirname, '../../deploy/audit-policy.yaml')
const TOKEN = 'audit-token'
const CANARY = 'canary-of-a-secret'

before(builtProgram)

/** What stands before the pages' listener: an API server sends its token over TLS alone. */
async function startTlsProxy(t: TestContext, { certificate, key }: Certificate, port: number): Promise<string> {
  const proxy = createServer({ cert: certificate, key }, (incoming, outgoing) => {
    const { method, url, headers } = incoming
    const forwarded = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  const address = proxy.address()
  assert.ok(address !== null && typeof address === 'object')
  return `https://127.0.0.1:${address.port}`
}

test('a real API server with the shipped policy names who changed what, also who was impersonated', async (t) => {
  const fixture = await createFixture()
  t.after(() => fixture[Symbol.asyncDispose]())
  const port = await freePort()
  const webhook = join(fixture.folder, 'webhook.json')
  const authority = createCertificateAuthority()
  const address = await startTlsProxy(t, authority.issue({ commonName: 'proxy', hosts: ['127.0.0.1'] }), port)
  const receiver = { server: `${address}/audit/one`, caData: authority.certificate }
  await writeFile(webhook, kubeconfigText(receiver, { token: TOKEN }))
  const log = join(fixture.folder, 'audit.log')
  const server = await startKubeApiServer([
    `--audit-policy-file=${POLICY}`,
    `--audit-log-path=${log}`,
    `--audit-webhook-config-file=${webhook}`,
    '--audit-webhook-batch-max-wait=1s',
  ])
  t.after(() => server.close())
  await server.kubectl(['create', 'namespace', 'shop'])
  await fixture.commit('repository', {
    'shop/settings.json': configMap('settings', 'one'),
    'shop/gone.json': configMap('gone', 'one'),
  })
  const config = join(fixture.folder, 'config.json')
  await writeFile(join(fixture.folder, 'token'), `${TOKEN}\n`)
  await mkdir(join(fixture.folder, 'state'))
  await writeFile(
    config,
    JSON.stringify({
      metrics: { address: '127.0.0.1', port: 0 },
      pages: { port },
      stateDirectory: './state',
      clusters: [{ name: 'one', kubeconfig: { path: await deployedReader(server) } }],
      audit: [{ cluster: 'one', webhook: { tokenFile: './token' } }],
      apps: [
        {
          name: 'shop',
          source: { repository: `file://${join(fixture.folder, 'repository')}`, revision: 'main', path: 'shop' },
          destination: { cluster: 'one', namespace: 'shop' },
        },
      ],
    }),
  )
  await server.kubectl(['apply', '-n', 'shop', '-f', join(fixture.folder, 'repository/shop')])
  const exporter = await startExporter(config)
  t.after(() => exporter.stop())
  await exporter.untilApp('shop@one', { status: 'Synced' })

  const journal = journalPath(join(fixture.folder, 'state'))
  const episode = (wish: (episode: Episode) => boolean): Promise<Episode> =>
    until('the episode', async () => readEpisodes(journal).find(wish))
  const patch = JSON.stringify({ data: { value: 'two' } })

  await t.test('an edit as somebody else has both of them', async () => {
    await server.kubectl([
      ...['patch', 'configmap', 'settings', '-n', 'shop', '--type=merge', '-p', patch],
      ...['--as', 'system:serviceaccount:shop:alice', '--as-group', 'system:masters', '--as-group', 'on-call'],
    ])
    const { objects, audited } = await episode((one) => one.objects[0]?.writers !== undefined)
    assert.equal(audited, true)
    const [object] = objects
    assert.equal(object?.fields[0]?.actor?.user, 'system:serviceaccount:shop:alice')
    const [writer] = object?.writers ?? []
    assert.deepEqual(
      [writer?.user, writer?.impersonator, writer?.verb, writer?.sourceIPs],
      ['system:serviceaccount:shop:alice', 'admin', 'patch', ['127.0.0.1']],
    )
    assert.ok(writer?.groups.includes('on-call'))
    assert.match(writer?.userAgent ?? '', /^kubectl/)
  })

  await t.test('who deleted an object is named, though nothing on it is left', async () => {
    await server.kubectl(['delete', 'configmap', 'gone', '-n', 'shop'])
    const { objects } = await episode((one) =>
      one.objects.some(({ name, writers }) => name === 'gone' && writers !== undefined),
    )
    const gone = objects.find(({ name }) => name === 'gone')
    assert.deepEqual(
      gone?.writers?.map(({ user, verb }) => [user, verb]),
      [['admin', 'delete']],
    )
  })

  await t.test('history has them, and finds them', async () => {
    const { out } = await runProgram('history', '--config', config, '--actor', '*alice')
    assert.match(out, /kubectl patch by system:serviceaccount:shop:alice/)
  })

  await t.test('the webhook takes nothing without its token, and nothing that is no batch', async () => {
    const post = (path: string, token: string | undefined, body: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body,
      }).then(({ status }) => status)
    assert.equal(await post('/audit/one', undefined, '{"items":[]}'), 401)
    assert.equal(await post('/audit/one', 'wrong', '{"items":[]}'), 401)
    assert.equal(await post('/audit/two', TOKEN, '{"items":[]}'), 401)
    assert.equal(await post('/audit/one', TOKEN, '{"items":{}}'), 400)
    assert.equal(await post('/audit/one', TOKEN, '{"items":[]}'), 204)
  })

  await t.test('the policy asks for no bodies, and the log that it makes can be read', async () => {
    await server.kubectl(['create', 'secret', 'generic', 'canary', '-n', 'shop', `--from-literal=key=${CANARY}`])
    const encoded = Buffer.from(CANARY).toString('base64')
    const lines = await until('the log', async () => {
      const text = await readFile(log, 'utf8')
      return text.includes('"name":"canary"') ? text : undefined
    })
    assert.doesNotMatch(lines, new RegExp(`${CANARY}|${encoded}|requestObject|responseObject`))
    const writes = lines.split('\n').flatMap((line) => readAuditLine(line) ?? [])
    assert.ok(writes.some(({ object }) => object === '/secrets/shop/canary'))
    assert.doesNotMatch((await readFile(journal)).toString('latin1'), new RegExp(`${CANARY}|${encoded}`))
  })

  await t.test('no metric names a person', async () => {
    const text = await (await fetch(`${exporter.metricsUrl}/metrics`)).text()
    assert.doesNotMatch(text, /alice/)
  })
})
