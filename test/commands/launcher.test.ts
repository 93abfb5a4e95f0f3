import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, afterEach, before, test } from 'node:test'
import { builtProgram, MAIN, printed, startProgram, stopProgram } from './program.ts'

/** The demo says so when it has said everything. */
const READY = 'Ctrl-C stops it'

/** Makes a Node believe that it is an old one, so that the launcher hands over to the one that npm installed. */
const OLD_NODE = ['--import', 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.0.0"})']

let folder = ''
let running: ChildProcess | undefined
before(async () => {
  await builtProgram()
  folder = await mkdtemp(join(tmpdir(), 'launcher-'))
})
afterEach(() => void running?.kill('SIGTERM'))
after(() => rm(folder, { recursive: true }))

test('on an old Node the program runs with the Node that npm put beside it, and its exit code is passed on', async () => {
  const child = startProgram(['no-such-command'], OLD_NODE)
  const [err] = await Promise.all([text(child.stderr), once(child, 'close')])
  assert.equal(child.exitCode, 2)
  assert.match(err, /unknown command "no-such-command"/)
})

test('on an old Node without one beside it, it says what it needs', async () => {
  const alone = join(folder, 'main.js')
  await copyFile(MAIN, alone)
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  const child = spawn(process.execPath, [...OLD_NODE, alone, '--version'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [err] = await Promise.all([text(child.stderr), once(child, 'close')])
  assert.equal(child.exitCode, 2)
  assert.match(err, /needs Node 24 or newer/)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} to the launcher stops the program, which ends well`, async () => {
    const child = startProgram(['demo', '--port', '0'], OLD_NODE)
    running = child
    await printed(child, READY)
    assert.equal(await stopProgram(child, signal), 0)
  })

test('when the launcher is killed the program ends too', async () => {
  const child = startProgram(['demo', '--port', '0'], OLD_NODE)
  running = child
  const url = /metrics +(http:\S+)/.exec(await printed(child, READY))?.[1]
  assert.ok(url !== undefined)
  assert.equal((await fetch(url)).status, 200)
  await stopProgram(child, 'SIGKILL')
  // The pipes close when the last process that holds them has ended, which is the program.
  await assert.rejects(fetch(url))
})
