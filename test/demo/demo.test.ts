import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { before, test } from 'node:test'
import { builtProgram, printed, runProgram, startProgram, stopProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'

before(builtProgram)

test('demo --check sees every flip: live edits, commits of every kind of app, and how they heal', async () => {
  const { code, out } = await runProgram('demo', '--check')
  assert.equal(code, 0, out)
  const lines = out.trimEnd().split('\n')
  assert.equal(lines.length, 15)
  for (const line of lines) assert.match(line, /^ok .* \d+\.\d\d s/)
})

test('demo says what to edit, serves, and removes its folder when it is stopped', async () => {
  const child = startProgram(['demo', '--port', '0'])
  try {
    const said = await printed(child, 'Ctrl-C stops it')
    const folder = /config +(\S+)\/config\.yaml/.exec(said)?.[1]
    const metrics = /metrics +(http:\S+)/.exec(said)?.[1]
    assert.ok(folder !== undefined && metrics !== undefined)
    assert.ok(existsSync(folder))
    await until('the first verdict', async () => {
      const exposition = await (await fetch(metrics)).text()
      return exposition.includes('gitops_app_sync_status{') ? true : undefined
    })
    assert.equal(await stopProgram(child, 'SIGINT'), 0)
    assert.equal(existsSync(folder), false)
  } finally {
    child.kill('SIGKILL')
  }
})

test('where no temporary folder can be made, that is what is said', async (t) => {
  const before = process.env.TMPDIR
  process.env.TMPDIR = '/nowhere'
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  const { code, err } = await runProgram('demo', '--check')
  assert.equal(code, 2)
  assert.match(err, /mkdtemp.*\(GDE_TEMPORARY_FOLDER\)$/m)
})
