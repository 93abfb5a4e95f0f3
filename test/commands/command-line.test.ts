import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Command, PROGRAM } from '../../src/commands/cli/command.ts'
import { commandHelp } from '../../src/commands/cli/help.ts'
import { type OptionSpec, readOptions } from '../../src/commands/cli/options.ts'
import { UsageError } from '../../src/commands/cli/usage-error.ts'
import { COMMANDS } from '../../src/commands/command-list.ts'
import { builtProgram, runProgram } from './program.ts'

before(builtProgram)

test('without a command it lists the commands and exits 2', async () => {
  const { code, err } = await runProgram()
  assert.equal(code, 2)
  for (const [name, { summary }] of Object.entries(COMMANDS))
    assert.ok(err.includes(name) && err.includes(summary), name)
})

for (const [name, command] of Object.entries(COMMANDS)) {
  test(`${name} --help is made of its options: each with its value, its default and what it means`, async () => {
    const { code, out, err } = await runProgram(name, '--help')
    assert.deepEqual({ code, out, err }, { code: 0, out: commandHelp(name, command), err: '' })
    const [usage = ''] = out.split('\n')
    for (const [option, spec] of Object.entries<OptionSpec>(command.options)) {
      const written = spec.type === 'argument' ? spec.value : `--${option}`
      assert.ok(usage.includes(written), `${option} in ${usage}`)
      const line = out.split('\n').find((one) => one.startsWith(`  ${written} `)) ?? ''
      assert.ok(line.includes(spec.help), option)
      if (spec.type === 'set') assert.ok(line.endsWith(`(default ${spec.default})`), option)
      if (spec.type === 'duration') assert.ok(line.endsWith(`(default ${spec.default})`), option)
      if (spec.type === 'choice') assert.ok(line.endsWith(`(default ${spec.default})`), option)
    }
  })

  test(`${name} takes the command lines of its own examples`, () => {
    const lines = command.examples.flatMap((line) => line.split(' | ')).filter((line) => line.startsWith(PROGRAM))
    assert.ok(lines.length > 0)
    for (const line of lines) {
      const [, shown, ...args] = line.split(' ')
      assert.equal(shown, name)
      assert.doesNotThrow(() => readOptions(args, command.options), line)
    }
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
  for (const [name, option] of [
    ['validate', 'config'],
    ['render', 'app'],
  ] as const) {
    const { code, err } = await runProgram(name)
    assert.equal(code, 2)
    assert.ok(err.includes(`--${option} is needed`), err)
  }
})

test('a log level that there is not is refused with those that there are', async () => {
  for (const name of ['serve', 'check', 'apps', 'render', 'demo']) {
    const { code, out, err } = await runProgram(name, '--log-level', 'loud')
    assert.deepEqual({ code, out }, { code: 2, out: '' }, name)
    assert.match(err, /--log-level must be trace or debug or info or warn or error, not "loud"/, name)
  }
})

test('the version is a command and an option, and in JSON says what it runs on', async () => {
  for (const args of [['--version'], ['version']])
    assert.match((await runProgram(...args)).out, /^gitops-drift-exporter \d+\.\d+\.\d+\n$/)
  const { version, node } = JSON.parse((await runProgram('version', '--output', 'json')).out)
  assert.match(version, /^\d+\.\d+\.\d+$/)
  assert.equal(node, process.version)
})

test('help lists the commands, and help COMMAND says what COMMAND --help says', async () => {
  const all = await runProgram('help')
  assert.deepEqual(all, await runProgram('--help'))
  assert.equal(all.code, 0)
  for (const [name, command] of Object.entries(COMMANDS)) {
    assert.ok(all.out.includes(name), name)
    assert.equal((await runProgram('help', name)).out, commandHelp(name, command))
  }
  const { code, err } = await runProgram('help', 'chekc')
  assert.equal(code, 2)
  assert.match(err, /COMMAND must be serve or check or .*, not "chekc"/)
  assert.match((await runProgram('help', 'check', 'diff')).err, /one argument is taken, not 2/)
})

test('the usage has brackets around what may be left out, and dots after what may be repeated', () => {
  const command: Command = {
    summary: 'an example',
    about: 'Does what it says.',
    options: {
      file: { type: 'text', value: 'FILE', required: true, help: 'the file' },
      name: { type: 'list', value: 'NAME', help: 'a name' },
      output: { type: 'choice', choices: ['text', 'json'], default: 'text', help: 'how it is printed' },
      wait: { type: 'duration', default: '5m', help: 'how long it waits' },
      quiet: { type: 'flag', help: 'say nothing' },
    },
    examples: ['example --file a'],
  }
  assert.equal(
    commandHelp('example', command),
    `Usage: gitops-drift-exporter example --file FILE [--name NAME]... [--output text|json] [--wait DURATION] [--quiet]

Does what it says.

Options:
  --file FILE         the file
  --name NAME         a name (repeatable)
  --output text|json  how it is printed (default text)
  --wait DURATION     how long it waits (default 5m)
  --quiet             say nothing
  --help              this text

Examples:
  example --file a
`,
  )
  assert.deepEqual(readOptions(['--file', 'a'], command.options), {
    file: 'a',
    name: [],
    output: 'text',
    wait: 300,
    quiet: false,
  })
})

test('a set is some of its choices, with commas or repeated', () => {
  const specs = {
    'fail-on': { type: 'set', choices: ['drift', 'unknown', 'none'], default: 'drift,unknown', help: '' },
  } as const
  const read = (...args: readonly string[]) => [...readOptions(args, specs)['fail-on']]
  assert.deepEqual(read(), ['drift', 'unknown'])
  assert.deepEqual(read('--fail-on', 'drift'), ['drift'])
  assert.deepEqual(read('--fail-on', 'drift,unknown'), ['drift', 'unknown'])
  assert.deepEqual(read('--fail-on', 'drift', '--fail-on', 'unknown'), ['drift', 'unknown'])
  assert.throws(() => read('--fail-on', 'drift,unknwon'), /--fail-on must be some of drift, unknown, none/)
  assert.throws(() => read('--fail-on', ''), UsageError)
})

test('a value that cannot be is refused with what it may be', () => {
  const specs = {
    output: { type: 'choice', choices: ['text', 'json'], default: 'text', help: '' },
    wait: { type: 'duration', default: '5m', help: '' },
    port: { type: 'integer', value: 'N', min: 0, max: 10, help: '' },
  } as const
  const refused = (...args: readonly string[]) => {
    try {
      return readOptions(args, specs)
    } catch (error) {
      return error instanceof UsageError ? error.message : error
    }
  }
  assert.deepEqual(refused('--port', '3'), { output: 'text', wait: 300, port: 3 })
  assert.equal(refused('--output', 'yml'), '--output must be text or json, not "yml"')
  assert.equal(refused('--wait', '0s'), '--wait must be a duration such as 30s or 5m, not "0s"')
  for (const port of ['11', '1e1', '', '3.5'])
    assert.equal(refused('--port', port), `--port must be a number from 0 to 10, not ${JSON.stringify(port)}`)
})

test('snapshot says which of its options go together', async () => {
  for (const [args, said] of [
    [[], /--config or --kubeconfig is needed/],
    [['--output', 'x'], /--output needs --kubeconfig/],
    [['--config', 'a', '--output', 'x'], /--output needs --kubeconfig/],
    [['--config', 'a', '--context', 'x'], /--context needs --kubeconfig/],
    [['--config', 'a', '--kubeconfig', 'b'], /do not go together/],
    [['--kubeconfig', 'a', '--secrets', 'some'], /--secrets must be all or helm or none/],
  ] as const) {
    const { code, out, err } = await runProgram('snapshot', ...args)
    assert.deepEqual({ code, out }, { code: 2, out: '' }, args.join(' '))
    assert.match(err, said)
  }
})
