import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithout } from '../tools/build.ts'
import { withLock } from '../tools/lock.ts'
import { startAlertmanager } from './alertmanager.ts'
import { temporaryFolder } from './folder.ts'
import { startProgram, waitUntilReady } from './process.ts'
import { startPrometheus } from './prometheus.ts'

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a server dies with the process that started it, however that ends', async () => {
  const script = `
    const { startProgram } = await import(${JSON.stringify(join(import.meta.dirname, 'process.ts'))})
    console.log(startProgram({ name: 'sleep', program: '/bin/sh', args: ['-c', 'trap "" TERM; while :; do sleep 1; done'] }).pid)
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 200)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  parent.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const [, signal] = await once(parent, 'close')
  assert.equal(signal, 'SIGKILL')
  const pid = Number(printed)
  assert.ok(pid > 0)
  // Killed, though nobody may have asked for its exit code yet.
  const gone = async () =>
    !isAlive(pid) || /^State:\tZ/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tZ'))
  while (!(await gone())) await sleep(20)
})

test('a server that exits instead of getting ready says what it printed', async () => {
  await using program = startProgram({
    name: 'broken',
    program: '/bin/sh',
    args: ['-c', 'echo no such flag >&2; exit 2'],
  })
  await assert.rejects(
    waitUntilReady(program, 'broken', 10, async () => undefined),
    /broken exited:\nno such flag/,
  )
})

test('a lock keeps others out, and one whose holder is gone is taken over', async () => {
  await using folder = await temporaryFolder('lock')
  const path = join(folder.path, 'lock')
  const order: string[] = []
  const first = withLock(
    path,
    () => undefined,
    async () => {
      order.push('first in')
      await sleep(50)
      order.push('first out')
    },
  )
  while (order.length === 0) await sleep(5)
  await withLock(
    path,
    () => order.push('waiting'),
    async () => {
      order.push('second in')
      // As if this process had died here.
      await writeFile(join(path, 'pid'), '999999999')
      await withLock(
        path,
        () => order.push('never'),
        async () => {
          order.push('third in')
        },
      )
    },
  )
  await first
  assert.deepEqual(order, ['first in', 'waiting', 'first out', 'second in', 'third in'])
})

describe('Prometheus and Alertmanager', { skip: skipWithout('prometheus', 'alertmanager') }, () => {
  test('what is scraped can be asked for, and a rule that holds becomes an alert', async () => {
    let value = 1
    const target = createServer((_, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4')
      response.end(`# TYPE broken gauge\nbroken ${value}\n`)
    }).listen(0, '127.0.0.1')
    await once(target, 'listening')
    const address = target.address()
    assert.ok(address !== null && typeof address === 'object')
    await using folder = await temporaryFolder('rules')
    const rules = join(folder.path, 'rules.json')
    const rule = { alert: 'Broken', expr: 'broken == 1', labels: { severity: 'warning' } }
    await writeFile(rules, JSON.stringify({ groups: [{ name: 'test', rules: [rule] }] }))
    try {
      await using alertmanager = await startAlertmanager()
      const url = `http://127.0.0.1:${address.port}/metrics`
      await using prometheus = await startPrometheus({
        scrape: [{ job: 'test', url }],
        ruleFiles: [rules],
        alertmanager: alertmanager.url,
      })
      while ((await alertmanager.alerts()).length === 0) await sleep(100)
      const [alert] = await alertmanager.alerts()
      assert.equal(alert?.labels.alertname, 'Broken')
      assert.equal(alert?.labels.severity, 'warning')
      const [series] = await prometheus.query('broken')
      assert.equal(series?.value, 1)
      assert.deepEqual(
        (await prometheus.targets()).map(({ health, error }) => [health, error]),
        [['up', '']],
      )
      value = 0
      while ((await prometheus.alerts()).length > 0) await sleep(100)
    } finally {
      target.closeAllConnections()
      target.close()
    }
  })
})
