import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { configErrorText } from '../../src/config/config-error.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { CodedError } from '../../src/model/failure.ts'

const FOLDER = join(import.meta.dirname, 'invalid')
const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.yaml'))

for (const name of files)
  test(`a config with ${name.slice(0, -'.yaml'.length)} is refused with what and where`, async () => {
    const expected = await readFile(join(FOLDER, name.replace(/\.yaml$/, '.txt')), 'utf8')
    await assert.rejects(loadConfig(join(FOLDER, name)), (error) => {
      assert.ok(error instanceof CodedError)
      assert.equal(`${configErrorText(error)}\n`, expected)
      return true
    })
  })
