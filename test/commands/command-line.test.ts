import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { COMMANDS } from '../../src/commands/command-list.ts'
import { builtProgram, runProgram } from './program.ts'

before(builtProgram)

test('without a command it lists the commands and exits 2', async () => {
  const { code, err } = await runProgram()
  assert.equal(code, 2)
  for (const { name, summary } of COMMANDS) assert.ok(err.includes(name) && err.includes(summary), name)
})

for (const { name } of COMMANDS) {
  test(`${name} --help shows usage, options and examples`, async () => {
    const { code, out, err } = await runProgram(name, '--help')
    assert.equal(code, 0)
    assert.equal(err, '')
    for (const part of [`Usage: gitops-drift-exporter ${name}`, 'Options:', 'Examples:'])
      assert.ok(out.includes(part), part)
  })

  test(`${name} with an unknown option exits 2 and points to its help`, async () => {
    const { code, out, err } = await runProgram(name, '--no-such-option')
    assert.deepEqual({ code, out }, { code: 2, out: '' })
    assert.match(err, new RegExp(`${name}: unknown option --no-such-option\\nSee gitops-drift-exporter ${name} --help`))
  })
}

test('a misspelled command and a misspelled option get what was probably meant', async () => {
  assert.match((await runProgram('sreve')).err, /unknown command "sreve"; did you mean "serve"\?/)
  assert.match((await runProgram('check', '--conifg', 'x')).err, /unknown option --conifg; did you mean "--config"\?/)
})

test('a needed option that is missing is named', async () => {
  for (const name of ['serve', 'check', 'apps', 'render', 'validate']) {
    const { code, err } = await runProgram(name)
    assert.equal(code, 2)
    assert.match(err, /--config is needed/, name)
  }
})

test('a log level that there is not is refused with those that there are', async () => {
  for (const name of ['serve', 'check', 'apps', 'render', 'demo']) {
    const { code, out, err } = await runProgram(name, '--log-level', 'loud')
    assert.deepEqual({ code, out }, { code: 2, out: '' }, name)
    assert.match(err, /--log-level must be trace or debug or info or warn or error, not "loud"/, name)
  }
})

test('--version prints the version', async () => {
  assert.match((await runProgram('--version')).out, /^gitops-drift-exporter \d+\.\d+\.\d+\n$/)
})
