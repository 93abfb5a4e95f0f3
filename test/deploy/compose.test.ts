import assert from 'node:assert/strict'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import type { JsonObject } from '../../src/model/json.ts'
import { builtProgram, startProgram, stopProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at, listAt } from '../servers/http-json.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')
const compose: JsonObject = parse(await readFile(join(DEPLOY, 'compose.yaml'), 'utf8'))
const services = Object.keys(at(compose, 'services') ?? {})

/** The files of a service, laid out in the folder as its container has them. */
async function layOut(service: string, folder: string): Promise<void> {
  for (const volume of listAt(compose, 'services', service, 'volumes')) {
    const [source = '', target = '', mode] = String(volume).split(':')
    assert.equal(mode, 'ro', `${service} writes to ${source}`)
    await mkdir(dirname(join(folder, target)), { recursive: true })
    await cp(join(DEPLOY, source), join(folder, target))
  }
}

test('promtool accepts what Prometheus is given, and amtool what Alertmanager is', {
  skip: skipWithout('promtool', 'amtool'),
}, async () => {
  await using folder = await temporaryFolder('compose')
  await layOut('prometheus', folder.path)
  const { stdout } = await run(toolPath('promtool'), [
    'check',
    'config',
    join(folder.path, 'etc/prometheus/prometheus.yml'),
  ])
  assert.match(stdout, /1 rule files found/)
  await layOut('alertmanager', folder.path)
  await run(toolPath('amtool'), ['check-config', join(folder.path, 'etc/alertmanager/alertmanager.yml')])
})

test('what is scraped, told and asked are services at the ports that they have', async () => {
  const prometheus = parse(await readFile(join(DEPLOY, 'compose/prometheus.yaml'), 'utf8'))
  const grafana = parse(await readFile(join(DEPLOY, 'compose/grafana/datasources.yaml'), 'utf8'))
  const targets = [
    prometheus.scrape_configs[0].static_configs[0].targets[0],
    prometheus.alerting.alertmanagers[0].static_configs[0].targets[0],
    new URL(grafana.datasources[0].url).host,
  ].map((target: string) => target.split(':'))
  for (const [service = '', port] of targets) {
    assert.ok(services.includes(service), service)
    const ports = listAt(compose, 'services', service, 'ports').map((one) => String(one).split(':').at(-1))
    assert.ok(ports.includes(port), `${service}:${port}`)
  }
})

test('Grafana is given the three dashboards where its provider looks', async () => {
  await using folder = await temporaryFolder('compose')
  await layOut('grafana', folder.path)
  const provisioning = join(folder.path, 'etc/grafana/provisioning')
  const { providers } = parse(await readFile(join(provisioning, 'dashboards/dashboards.yaml'), 'utf8'))
  for (const name of ['fleet', 'app', 'exporter'])
    JSON.parse(await readFile(join(folder.path, providers[0].options.path, `${name}.json`), 'utf8'))
})

test('nothing of it can be reached from another machine, and every image has a version', () => {
  for (const service of services) {
    assert.match(String(at(compose, 'services', service, 'image')), /^[a-z/-]+:v?\d+\.\d+\.\d+$/)
    for (const port of listAt(compose, 'services', service, 'ports')) assert.match(String(port), /^127\.0\.0\.1:/)
  }
})

test('the exporter of it is the image that is made, and its command is one of the program', async () => {
  const { version } = JSON.parse(await readFile(join(DEPLOY, '../package.json'), 'utf8'))
  assert.equal(at(compose, 'services', 'exporter', 'image'), `gitops-drift-exporter:${version}`)
  await builtProgram()
  const command = listAt(compose, 'services', 'exporter', 'command').map(String)
  assert.deepEqual(command, ['demo', '--address', '0.0.0.0', '--port', '8080'])
  // In a container it listens for others; a test listens for itself alone.
  const child = startProgram(['demo', '--address', '127.0.0.1', '--port', '0'])
  try {
    let printed = ''
    child.stdout.on('data', (chunk) => {
      printed += chunk
    })
    const metrics = await until('the demo', async () => /metrics +http:\/\/[^:]+:(\d+)/.exec(printed)?.[1])
    await until('a verdict', async () => {
      const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()
      return text.includes('gitops_app_info{') ? true : undefined
    })
  } finally {
    await stopProgram(child)
  }
})
