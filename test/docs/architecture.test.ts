import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../../src/commands/command-list.ts'

const ROOT = join(import.meta.dirname, '../..')
const architecture = await readFile(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
const trips = architecture.slice(architecture.indexOf('## Three trips'), architecture.indexOf('## To add'))
const table = architecture.slice(architecture.indexOf('## To add'))

/** What stands between backquotes and looks like a file or folder. */
function pathsIn(text: string): readonly string[] {
  const found = text.matchAll(/`((?:[\w.-]+\/)*[\w.-]+(?:\/|\.(?:ts|md|yaml|go))|(?:src|alerts|docs|test)\/[\w./-]+)`/g)
  return [...new Set(found.map((match) => match[1] ?? ''))]
}

test('the files that the trips and the table name are there', async () => {
  const files = (await readdir(join(ROOT, 'src'), { recursive: true })).map((path) => `/src/${path}`)
  const isThere = (path: string): boolean =>
    existsSync(join(ROOT, path)) || files.some((file) => file.endsWith(`/${path}`))
  const paths = pathsIn(trips + table)
  assert.ok(paths.includes('src/threads/pool/pool-jobs.ts') && paths.includes('repository-spec.ts'))
  assert.deepEqual(
    paths.filter((path) => !isThere(path)),
    [],
  )
})

test('every room of src has its row', async () => {
  const entries = await readdir(join(ROOT, 'src'), { withFileTypes: true })
  const rooms = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  assert.deepEqual(
    rooms.filter((room) => !architecture.includes(`\`src/${room}\``)),
    [],
  )
})

test('a command is what the table says: an entry, a line and a file', async () => {
  const loading = await readFile(join(ROOT, 'src/commands/load-command.ts'), 'utf8')
  for (const name of Object.keys(COMMANDS)) {
    assert.ok(loading.includes(`import('./${name}.ts')`), name)
    assert.ok(existsSync(join(ROOT, `src/commands/${name}.ts`)), name)
  }
})
