import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { parseJson } from '../../src/kubernetes/serialization/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { builtProgram, MAIN } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { assertNoLeak } from './leaks.ts'

/** Inputs as people meet them, each with the right answer (field/README.md). */
const CASES = join(import.meta.dirname, 'field')

/**
 * One part of the cases: each starts the program, and a file of tests that all of them were in would not end in time on a busy machine.
 * @param part from 1 @param of how many parts there are
 */
export function testFieldCases(part: number, of: number): void {
  before(builtProgram)
  const names = readdirSync(CASES, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  )
  for (const [index, name] of names.toSorted().entries())
    if (index % of === part - 1) test(name.replaceAll('-', ' '), () => testCase(name))
}

async function testCase(name: string): Promise<void> {
  await using folder = await temporaryFolder('field')
  cpSync(join(CASES, name), folder.path, { recursive: true })
  for (const entry of readdirSync(folder.path)) if (entry.startsWith('repo')) commitAll(join(folder.path, entry))
  const expected = parseJson(readFileSync(join(folder.path, 'expected.json'), 'utf8'))
  assert.ok(isJsonObject(expected))
  const args = [MAIN, ...texts(expected.args)]
  const result = await run(process.execPath, args, { folder: folder.path, accept: [0, 1, 2], timeoutSeconds: 280 })
  await assertNoLeak(join(folder.path, 'config.yaml'), { stdout: result.stdout, stderr: result.stderr })
  if (expected.json !== undefined) assert.deepEqual(lacks(expected.json, parseJson(result.stdout)), [])
  for (const text of texts(expected.stdout)) assert.ok(result.stdout.includes(text), `stdout has ${text}`)
  for (const text of texts(expected.stderr)) assert.ok(result.stderr.includes(text), `stderr has ${text}`)
  for (const text of texts(expected.notStdout)) assert.ok(!result.stdout.includes(text), `stdout has no ${text}`)
  for (const text of texts(expected.notStderr)) assert.ok(!result.stderr.includes(text), `stderr has no ${text}`)
  if (expected.exit !== undefined) assert.equal(result.code, expected.exit, result.stdout + result.stderr)
}

function commitAll(folder: string): void {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'init.defaultBranch=main']
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all', '--force'],
    ['commit', '--quiet', '--message', 'as given'],
  ])
    execFileSync('git', [...identity, ...args], { cwd: folder })
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** What of the expected part is not in the value, each with its place. */
function lacks(expected: Json, actual: Json | undefined, place = ''): readonly string[] {
  if (Array.isArray(expected)) {
    const items = Array.isArray(actual) ? actual : []
    return expected.flatMap((item: Json, index) =>
      items.some((other: Json) => lacks(item, other).length === 0)
        ? []
        : [`${place}[${index}]: no item matches ${JSON.stringify(item)} of ${JSON.stringify(actual)}`],
    )
  }
  if (isJsonObject(expected))
    return isJsonObject(actual)
      ? lacksKeys(expected, actual, place)
      : [`${place}: ${JSON.stringify(actual)} is no object`]
  return expected === actual ? [] : [`${place}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`]
}

function lacksKeys(expected: JsonObject, actual: JsonObject, place: string): readonly string[] {
  return Object.entries(expected).flatMap(([key, value]) => {
    if (key.startsWith('#')) {
      const list = actual[key.slice(1)]
      const length = Array.isArray(list) ? list.length : 0
      return length === value
        ? []
        : [`${place}.${key.slice(1)}: ${length} items, not ${String(value)}: ${JSON.stringify(list)}`]
    }
    if (isJsonObject(value) && value.absent === true)
      return actual[key] === undefined ? [] : [`${place}.${key}: is there`]
    return lacks(value, actual[key], `${place}.${key}`)
  })
}
