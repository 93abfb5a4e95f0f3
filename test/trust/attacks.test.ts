import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfigFile } from '../../src/config/read-config-file.ts'
import { watchConfig } from '../../src/config/watch-config.ts'
import { createStateFile } from '../../src/engine/state/state-file.ts'
import { DEFAULT_GIT_LIMITS } from '../../src/git/limits.ts'
import { readMirrorState } from '../../src/git/mirrors/mirror-state.ts'
import { receivePack } from '../../src/git/packs/pack-receiver.ts'
import type { AppReport } from '../../src/model/fleet.ts'
import { buildSandbox } from '../../src/sandbox/build.ts'
import { observe } from '../clusters/collect.ts'
import { CONFIG_MAP, codeOf, connect, LIST, scripted, signal } from '../clusters/scripted.ts'
import { app, configMap, createFixture, inventory, isStatus, POLICY } from '../engine/engine-fixture.ts'
import { craftEntry, craftPack, delta, distance, TYPE } from '../git/hostile-pack.ts'
import { serve } from '../http/serving.ts'
import { appReport } from '../metrics/reports.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../threads/running-runtime.ts'

/** Attacks that have no place beside a topic; docs/trust.md says where the others are. Each ends by itself, or by a limit that is tested. */

test('an API server that sends a drop at a time is given up', async (t) => {
  const server = await scripted(t)
  let stop = false
  t.after(() => {
    stop = true
  })
  server.answer('/version', async (_, response) => {
    response.writeHead(200).write('{"gitVersion":"')
    while (!stop && !response.destroyed) {
      response.write('v')
      await sleep(20)
    }
  })
  const connector = await connect(t, { server: server.url })
  assert.equal(await codeOf(connector.capabilities(signal())), 'GDE_CLUSTER_UNREACHABLE')
})

test('a list without an end is cut off, and the next one is read', async (t) => {
  const server = await scripted(t)
  let lists = 0
  server.answer(LIST, async (_, response, url) => {
    if (url.searchParams.has('watch')) return void response.writeHead(200).flushHeaders()
    lists += 1
    if (lists > 6) return void response.end('{"metadata":{"resourceVersion":"1"},"items":[]}')
    response.writeHead(200).write('{"metadata":{},"items":["')
    const part = 'x'.repeat(100_000)
    while (!response.destroyed) if (!response.write(part)) await sleep(1)
  })
  const connector = await connect(t, { server: server.url }, undefined, { answerBytes: 1_000_000 })
  await using observed = observe(connector, CONFIG_MAP)
  assert.ok((await observed.until('Synced')).includes('Lost GDE_TOO_LARGE'))
})

test('deltas of deltas, ten thousand deep, are resolved without recursion', async () => {
  await using folder = await temporaryFolder('deltas')
  const base = { type: TYPE.blob, content: Buffer.from('0123456789') }
  const change = delta(10, 10, [0x90, 10])
  let before = craftEntry(base).length
  const deltas = Array.from({ length: 10_000 }, () => {
    const entry = { type: TYPE.offsetDelta, content: change, base: distance(before) }
    before = craftEntry(entry).length
    return entry
  })
  async function* sent() {
    yield craftPack([base, ...deltas])
  }
  assert.ok(await receivePack(sent(), folder.path, DEFAULT_GIT_LIMITS, signal()))
})

test('a jq expression that loops costs its own app its verdict', async () => {
  await buildSandbox({ quiet: true, compress: false })
  await using fixture = await createFixture()
  await fixture.commit('repository', {
    'good/a.yaml': configMap('good', 'one'),
    'bomb/a.yaml': configMap('bomb', 'one'),
  })
  await fixture.live('one', 'good.yaml', configMap('good', 'edited', 'shop'))
  await fixture.live('one', 'bomb.yaml', configMap('bomb', 'edited', 'shop'))
  await using running = await run(fixture)
  const ignoring = (expression: string) => ({
    ...POLICY,
    ignore: [{ kind: 'ConfigMap', jqPathExpressions: [expression] }],
  })
  running.runtime.reconcile(
    inventory(fixture, [
      app(fixture, { name: 'bomb', policy: ignoring('[limit(1e12; repeat(1))] | .[0]') }),
      app(fixture, { name: 'good', policy: ignoring('.data') }),
    ]),
  )
  await running.until('good', isStatus('Synced'))
  const isTimedOut = ({ verdict }: AppReport): boolean => JSON.stringify(verdict).includes('GDE_TIMEOUT')
  await running.until('bomb', isTimedOut)
})

test('a flood of requests on both listeners ends, and the next request is answered', async () => {
  const updates = Array.from({ length: 200 }, (_, index) => ({
    type: 'app' as const,
    report: appReport(`app-${index}`, {}),
  }))
  await using serving = await serve({ updates })
  await serving.flushed()
  const { metricsUrl, pagesUrl } = serving.http
  const urls = [`${metricsUrl}/metrics`, `${metricsUrl}/${'x'.repeat(2000)}`, pagesUrl, `${pagesUrl}/apps/none`]
  const flood = Array.from({ length: 400 }, async (_, index) => {
    const answer = await fetch(urls[index % urls.length] ?? metricsUrl)
    await answer.arrayBuffer()
    return answer.status
  })
  const statuses = new Set(await Promise.all(flood))
  assert.ok(
    [...statuses].every((status) => [200, 404, 503].includes(status)),
    [...statuses].join(),
  )
  for (const url of [`${metricsUrl}/metrics`, pagesUrl]) assert.equal((await fetch(url)).status, 200)
})

test('a hundred thousand Applications are shown and scraped', async () => {
  await using serving = await serve()
  for (let index = 0; index < 100_000; index += 1)
    serving.fleet.publish({ type: 'app', report: appReport(`app-${index}`, {}) })
  await serving.flushed()
  const overview = await (await fetch(serving.http.pagesUrl)).text()
  assert.ok(overview.length < 1_000_000, 'page by page')
  const scraped = await (await fetch(`${serving.http.metricsUrl}/metrics`)).text()
  assert.match(scraped, /app_name="app-99999"/)
})

test('a state folder whose files are links to devices, pipes or nowhere is not waited for', async () => {
  await using folder = await temporaryFolder('state')
  const make = async (name: string, link: (path: string) => unknown): Promise<string> => {
    const directory = join(folder.path, name)
    await mkdir(directory)
    await link(join(directory, 'state.json'))
    return directory
  }
  const endless = await make('endless', (path) => symlink('/dev/zero', path))
  const pipe = await make('pipe', (path) => execFileSync('mkfifo', [path]))
  const itself = await make('itself', (path) => symlink(path, path))
  const nowhere = await make('nowhere', (path) => symlink('/nowhere/at/all', path))
  for (const directory of [endless, pipe, itself]) {
    const state = createStateFile(directory)
    await assert.rejects(state.read(), { name: 'GDE_STATE_DAMAGED' })
    await assert.rejects(readMirrorState(join(directory, 'state.json')))
    await state.setAside('1')
    await state.write('new')
    assert.equal(await state.read(), 'new')
  }
  assert.equal(await createStateFile(nowhere).read(), undefined)
  await createStateFile(nowhere).write('new')
  assert.deepEqual(await readdir(nowhere), ['state.json'])
})

test('of a hundred reloads in one moment the last one holds', async (t) => {
  await using folder = await temporaryFolder('reload')
  const path = join(folder.path, 'config.yaml')
  await writeFile(path, 'metrics: { port: 1 }')
  const accepted: number[] = []
  const last = Promise.withResolvers<void>()
  const watch = watchConfig(path, await readConfigFile(path, 'config.yaml'), {
    accepted: ({ metrics }) => {
      accepted.push(metrics.port)
      if (metrics.port === 101) last.resolve()
    },
    refused: () => undefined,
  })
  t.after(() => watch.close())
  for (let port = 2; port <= 101; port += 1) {
    await writeFile(`${path}.new`, port % 3 === 0 ? 'metrics: {' : `metrics: { port: ${port} }`)
    await rename(`${path}.new`, path)
  }
  await last.promise
  assert.deepEqual(
    accepted.toSorted((a, b) => a - b),
    accepted,
    'none came after a later one',
  )
})
