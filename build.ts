import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildProgram } from './build/program.ts'
import { GENERATED_FILES } from './docs/generators.ts'

// `npm run build` makes dist/; `npm run generate` writes the committed files that are made from code.
const { values } = parseArgs({ options: { quiet: { type: 'boolean' }, generate: { type: 'boolean' } } })
const say = (line: string): void => {
  if (values.quiet !== true) process.stderr.write(`${line}\n`)
}

if (values.generate === true) {
  for (const { path, make } of GENERATED_FILES) {
    await writeFile(join(import.meta.dirname, path), await make())
    say(`generated ${path}`)
  }
} else await buildProgram({ quiet: values.quiet === true })
