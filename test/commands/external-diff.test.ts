import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { externalDiff } from '../../src/commands/output/external-diff.ts'
import { builtProgram, type Ended, runProgram } from './program.ts'

const PASSWORD = 'hunter2-of-the-shop'
let folder = ''

before(async () => {
  await builtProgram()
  folder = await mkdtemp(join(tmpdir(), 'external-diff-test-'))
  // Where the program makes its folders.
  process.env.TMPDIR = folder
})
afterEach(() => {
  delete process.env.KUBECTL_EXTERNAL_DIFF
})
after(async () => {
  delete process.env.TMPDIR
  await rm(folder, { recursive: true, force: true })
})

async function object(file: string, ...objects: readonly object[]): Promise<string> {
  const path = join(folder, file)
  await writeFile(path, objects.map((one) => JSON.stringify(one)).join('\n'))
  return path
}

async function script(name: string, body: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

function configMap(name: string, data: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data }
}

function secret(token: string): object {
  const data = { token: Buffer.from(token).toString('base64') }
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token', namespace: 'shop' }, data }
}

async function diff(program: string): Promise<Ended> {
  const long = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n')
  const same = configMap('same', { a: 'b' })
  const desired = await object(
    'desired.jsonl',
    same,
    configMap('changed', { text: long }),
    configMap('new', {}),
    secret(PASSWORD),
  )
  const live = await object(
    'live.jsonl',
    same,
    configMap('changed', { text: long.replace('line 20', 'other') }),
    secret('older'),
  )
  process.env.KUBECTL_EXTERNAL_DIFF = program
  return runProgram('diff', '--desired', desired, '--live', live)
}

test('the program gets a folder of what runs and one of what an apply makes of it, then its arguments', async () => {
  const show = await script('show', 'basename "$1"; basename "$2"; shift 2; echo "$@"; exit 1')
  const { code, out, err } = await diff(`${show} --color=never -U3 --evil;rm $HOME`)
  assert.deepEqual({ code, err }, { code: 1, err: '' })
  assert.match(out, /^LIVE-\w+\nMERGED-\w+\n--color=never -U3\n$/)
  // Nothing is left behind.
  assert.deepEqual(
    (await readdir(folder)).filter((name) => /^(LIVE|MERGED)-/.test(name)),
    [],
  )
})

test('the real diff shows only what differs, whole, and masks what Secrets hold', async () => {
  const { code, out } = await diff('diff -ruN')
  assert.equal(code, 1)
  assert.match(out, /^\+\+\+ .*\/MERGED-\w+\/0000\.v1\.ConfigMap\.shop\.changed/m)
  assert.match(out, /^-\s+other\n\+\s+line 20$/m)
  assert.doesNotMatch(out, /^[-+]?\s*…/m)
  assert.match(out, /MERGED-\w+\/0001\.v1\.ConfigMap\.shop\.new/)
  assert.match(out, /^-\s+token: '\*\*\* \(live\)'\n\+\s+token: '\*\*\* \(declared\)'$/m)
  assert.doesNotMatch(out, /hunter2|aHVudGVy|\.same/)
})

test('exit code 0 of the program changes no verdict; a higher one than 1, and a program that is not there, are errors', async () => {
  assert.equal((await diff('true')).code, 1)
  const failing = await diff(await script('failing', 'exit 3'))
  assert.equal(failing.code, 2)
  assert.match(failing.err, /failing failed: exit code 3 \(GDE_DIFF_PROGRAM\)/)
  const absent = await diff('no-such-diff')
  assert.equal(absent.code, 2)
  assert.match(absent.err, /no-such-diff cannot be run: .*ENOENT \(GDE_DIFF_PROGRAM\)/)
})

test('the variable is read as kubectl reads it', () => {
  assert.equal(externalDiff({}), undefined)
  assert.equal(externalDiff({ KUBECTL_EXTERNAL_DIFF: '' }), undefined)
  assert.deepEqual(externalDiff({ KUBECTL_EXTERNAL_DIFF: 'colordiff -N -u' }), {
    command: 'colordiff',
    args: ['-N', '-u'],
  })
  assert.deepEqual(externalDiff({ KUBECTL_EXTERNAL_DIFF: 'dyff between --omit-header -c=on a/b $(x)' }), {
    command: 'dyff',
    args: ['between', '--omit-header', '-c=on'],
  })
})
