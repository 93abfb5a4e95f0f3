import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { PROGRAM } from '../../src/commands/cli/command.ts'
import { COMMANDS, SHELLS } from '../../src/commands/command-list.ts'
import { completionScript } from '../../src/commands/output/completion-script.ts'
import { skipWithoutPackage } from '../servers/debian-package.ts'
import { temporaryFolder } from '../servers/folder.ts'

const execute = promisify(execFile)

/** What the real bash offers for the last of the words. */
async function bashOffers(...words: readonly string[]): Promise<readonly string[]> {
  const script = `${completionScript('bash', COMMANDS)}
COMP_WORDS=("$@")
COMP_CWORD=$(( $# - 1 ))
_gitops_drift_exporter
printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await execute('bash', ['-c', script, 'bash', 'gitops-drift-exporter', ...words])
  return stdout.split('\n').filter((line) => line !== '')
}

test('bash offers the commands, then the options of the command', async () => {
  assert.deepEqual(await bashOffers('ch'), ['check'])
  const offered = await bashOffers('')
  for (const name of Object.keys(COMMANDS)) assert.ok(offered.includes(name), name)
  assert.deepEqual(await bashOffers('check', '--ti'), ['--timeout'])
  for (const [name, { options }] of Object.entries(COMMANDS)) {
    const found = await bashOffers(name, '--')
    for (const [option, { type }] of Object.entries(options))
      assert.equal(found.includes(`--${option}`), type !== 'argument', `${name} --${option}`)
  }
})

test('bash offers the values of an option and the words of an argument', async () => {
  assert.deepEqual(await bashOffers('validate', '--output', ''), ['text', 'json'])
  assert.deepEqual(await bashOffers('completion', 'z'), ['zsh'])
  assert.deepEqual(await bashOffers('help', 'dem'), ['demo'])
  assert.deepEqual(await bashOffers('check', '--app', ''), [])
})

/** A program of each shell, its package, and what it offers for the last word of a line, without descriptions. */
const REAL = [
  {
    shell: 'zsh',
    program: '/usr/bin/zsh',
    offers: async (folder: string, script: string, line: string) =>
      (await execute('zsh', ['-f', join(import.meta.dirname, 'offers.zsh'), script, folder, line])).stdout,
  },
  {
    shell: 'fish',
    program: '/usr/bin/fish',
    offers: async (_: string, script: string, line: string) => {
      const { stdout, stderr } = await execute('fish', [
        '-N',
        '--private',
        '-c',
        'source $argv[1]; complete -C $argv[2]',
        script,
        line,
      ])
      assert.equal(stderr, '')
      return stdout
    },
  },
] as const

for (const { shell, program, offers } of REAL)
  test(`the real ${shell} offers commands, options, values and files`, {
    skip: skipWithoutPackage(shell, program),
  }, async () => {
    await using folder = await temporaryFolder('completion')
    const script = join(folder.path, 'completion')
    await writeFile(script, completionScript(shell, COMMANDS))
    await writeFile(join(folder.path, 'config.yaml'), '')
    const offered = async (line: string) => {
      const own = await mkdtemp(join(folder.path, 'line-'))
      const lines = (await offers(own, script, `${PROGRAM} ${line}`)).split('\n')
      return [...new Set(lines.map((hit) => hit.split('\t')[0] ?? ''))].filter((hit) => hit !== '').sort()
    }
    assert.deepEqual(await offered('ch'), ['check'])
    assert.deepEqual(await offered('check --ti'), ['--timeout'])
    assert.deepEqual(await offered('validate --output '), ['json', 'text'])
    assert.deepEqual(await offered('completion z'), ['zsh'])
    assert.deepEqual(await offered('help dem'), ['demo'])
    assert.deepEqual(await offered('check --app '), [])
    assert.match((await offered(`check --config ${folder.path}/conf`)).join(), /config\.yaml$/)
    assert.deepEqual(
      (await offered('')).filter((word) => word in COMMANDS),
      Object.keys(COMMANDS).sort(),
    )
  })

for (const shell of SHELLS)
  test(`the script of ${shell} has every command and every option`, () => {
    const script = completionScript(shell, COMMANDS)
    for (const [name, { options }] of Object.entries(COMMANDS)) {
      assert.ok(script.includes(name), name)
      for (const [option, { type }] of Object.entries(options))
        if (type !== 'argument') assert.ok(script.includes(shell === 'fish' ? `-l ${option}` : `--${option}`), option)
    }
  })

test('what a description holds does not end its quotes', () => {
  const command = {
    summary: "what Git's says",
    about: '',
    options: { list: { type: 'list', value: 'NAME', help: "it's [a] b: c\\" } },
    examples: [],
  } as const
  assert.ok(completionScript('fish', { one: command }).includes(String.raw`-d 'it\'s [a] b: c\\'`))
  assert.ok(completionScript('zsh', { one: command }).includes(String.raw`'*--list[it'\''s \[a\] b\: c\\]:list: '`))
})
