import { spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseResults } from './parse-results.ts'
import { mergeResults, parseRecorded, type RecordedResult, recordedResults, worsened } from './recorded-results.ts'
import type { BenchResult } from './result.ts'
import { resultsPage, resultText } from './results-page.ts'

/**
 * `npm run bench`: runs every bench/*.bench.ts but the longest, each in a process of its own and one after another, so that none heats the caches
 * or fills the heap of another; prints the results, writes bench/RESULTS.md and bench/results.json, and says at the end which figures
 * are worse than those that were recorded. `npm run bench -- git drift` runs a part and only prints; with `--record` its figures replace
 * those of that part in both.
 */
const HERE = import.meta.dirname
const SUFFIX = '.bench.ts'
const RECORDED = join(HERE, 'results.json')
const PAGE = join(HERE, 'RESULTS.md')
/** Run when they are named: a real Argo CD is built for one and half an hour spent, for the other ten minutes. */
const BY_NAME = ['argocd', 'large-fleet']

async function benchNames(): Promise<readonly string[]> {
  return (await readdir(HERE)).filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length))
}

function choose(names: readonly string[], chosen: readonly string[]): readonly string[] {
  const unknown = chosen.filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}; there are: ${names.toSorted().join(', ')}`)
  return names.filter((name) => (chosen.length === 0 ? !BY_NAME.includes(name) : chosen.includes(name))).toSorted()
}

/** The results come through a pipe of their own, so that a bench may print what it likes. */
async function runBench(name: string): Promise<readonly BenchResult[]> {
  const child = spawn(process.execPath, ['--expose-gc', join(HERE, 'child.ts'), join(HERE, `${name}${SUFFIX}`)], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  let text = ''
  const pipe = child.stdio[3]
  if (pipe === null || pipe === undefined) throw new Error('the child has no pipe')
  pipe.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`bench ${name} ended with ${code}`)
  return parseResults(text)
}

async function readRecorded(): Promise<readonly RecordedResult[]> {
  try {
    return parseRecorded(await readFile(RECORDED, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

async function main(args: readonly string[]): Promise<number> {
  const chosen = args.filter((arg) => arg !== '--record')
  const all: { readonly name: string; readonly results: readonly BenchResult[] }[] = []
  let failed = 0
  const names = await benchNames()
  for (const name of choose(names, chosen)) {
    console.log(`\n== ${name}`)
    try {
      const results = await runBench(name)
      for (const result of results) console.log(resultText(result))
      all.push({ name, results })
    } catch (error) {
      failed += 1
      console.error(error instanceof Error ? error.message : error)
    }
  }
  const isWhole = chosen.length === 0 && failed === 0
  const before = await readRecorded()
  const latest = recordedResults(all)
  if (isWhole || args.includes('--record')) {
    const ran = all.map(({ name }) => name)
    await writeFile(PAGE, resultsPage(all, machine(), await readFile(PAGE, 'utf8'), names))
    await writeFile(RECORDED, `${JSON.stringify(mergeResults(before, latest, ran), null, 2)}\n`)
  }
  const missed = all.flatMap(({ results }) => results).flatMap(missedGoals)
  for (const line of [...missed, ...worsened(before, latest)]) console.error(line)
  return failed === 0 && missed.length === 0 ? 0 : 1
}

function missedGoals({ name, rows, target }: BenchResult): readonly string[] {
  const ofRows = rows.map(({ label, goal }) => ({ what: `${name}: ${label}`, goal }))
  return [...ofRows, { what: name, goal: target }].flatMap(({ what, goal }) =>
    goal?.met === false ? [`missed: ${what}: ${goal.text}`] : [],
  )
}

function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  return `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores, ${memory} GiB`
}

process.exitCode = await main(process.argv.slice(2))
