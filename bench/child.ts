import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseResults } from './parse-results.ts'

/** Runs one bench file and writes its results as JSON to file descriptor 3. */
const RESULTS_PIPE = 3

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('which bench?')
const { run } = await import(pathToFileURL(file).href)
const results = parseResults(JSON.stringify(await run()))
writeFileSync(RESULTS_PIPE, JSON.stringify(results))
