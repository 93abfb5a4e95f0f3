import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { declarationsOfSource, type FunctionSize } from './declarations.ts'
import { sourceFiles } from './imports.ts'

const SOURCE = join(import.meta.dirname, '../../src')
const MOST_LINES_OF_FILE = 300
const MOST_LINES_OF_FUNCTION = 100
/** Their length is not ours. */
const GENERATED = /(^|\/)generated\//

test(`no file of src has more than ${MOST_LINES_OF_FILE} lines, but generated ones`, async () => {
  const large: string[] = []
  for (const file of await sourceFiles()) {
    if (GENERATED.test(file)) continue
    const lines = (await readFile(join(SOURCE, file), 'utf8')).trimEnd().split('\n').length
    if (lines > MOST_LINES_OF_FILE) large.push(file)
  }
  assert.deepEqual(large, [], 'these are too large: split them')
})

test(`no function of src has more than ${MOST_LINES_OF_FUNCTION} lines, with those inside it`, async () => {
  const { functions } = await declarationsOfSource()
  const isLarge = ({ file, lines }: FunctionSize): boolean => lines > MOST_LINES_OF_FUNCTION && !GENERATED.test(file)
  const large = functions.filter(isLarge).map(({ file, name }) => `${file} ${name}`)
  assert.deepEqual(large, [], 'these are too large: split them')
})
