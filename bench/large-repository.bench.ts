import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { temporaryFolder } from '../test/servers/folder.ts'
import { startGitServer } from '../test/servers/git-http-backend.ts'
import { run as runProgram } from '../test/servers/run.ts'
import type { CloneStep } from './clone-repository.ts'
import { type BenchResult, median } from './result.ts'

const FILES = 50_000
const COMMITS = 5000
/** 50,000 of these are 300 MB. */
const FILE_BYTES = 6000
const ROUNDS = 3
const MAX_RATIO = 2
const MAX_MB = 512

/** One repository of a size that only few have: its first clone and the fetch of one commit, beside git itself. */
export async function run(): Promise<readonly BenchResult[]> {
  await using folder = await temporaryFolder('bench-large-repository')
  const repository = join(folder.path, 'repositories/large')
  await makeRepository(repository)
  await using server = await startGitServer({ root: join(folder.path, 'repositories') })
  const url = `${server.url}/large`
  const rounds: Round[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const state = join(folder.path, `state-${round}`)
    const bare = join(folder.path, `bare-${round}`)
    const cloned = await timed(['clone', '--quiet', '--bare', '--depth=1', url, bare])
    const mirror = spawn(process.execPath, [join(import.meta.dirname, 'clone-repository.ts'), url, state], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const steps = createInterface({ input: mirror.stdout })[Symbol.asyncIterator]()
    const clone = await nextStep(steps, mirror)
    await importInto(repository, oneCommit(COMMITS + round, 1), ['--force'])
    const fetched = await timed(['-C', bare, 'fetch', '--quiet', '--depth=1', 'origin', 'main'])
    mirror.stdin.write('\n')
    const fetch = await nextStep(steps, mirror)
    mirror.stdin.end()
    await once(mirror, 'close')
    rounds.push({ clone, fetch, cloned, fetched })
  }
  return [result(rounds)]
}

interface Round {
  readonly clone: CloneStep
  readonly fetch: CloneStep
  /** Milliseconds of git itself. */
  readonly cloned: number
  readonly fetched: number
}

function result(rounds: readonly Round[]): BenchResult {
  const of = (read: (round: Round) => number) => median(rounds.map(read))
  const clone = of((round) => round.clone.ms / round.cloned)
  const fetch = of((round) => round.fetch.ms / round.fetched)
  const peak = of((round) => round.fetch.peakKb / 1024)
  const ratioGoal = (value: number) => ({ text: `below ${MAX_RATIO}`, met: value < MAX_RATIO })
  return {
    name: `A repository of ${FILES.toLocaleString('en-US')} files, ${COMMITS.toLocaleString('en-US')} commits, 300 MB`,
    unit: '',
    rows: [
      { label: 'first clone, s', values: { value: of((round) => round.clone.ms / 1000) } },
      { label: 'first clone by git, s', values: { value: of((round) => round.cloned / 1000) } },
      { label: 'first clone, times that of git', values: { value: clone }, goal: ratioGoal(clone) },
      { label: 'fetch of one commit, ms', values: { value: of((round) => round.fetch.ms) } },
      { label: 'fetch of one commit by git, ms', values: { value: of((round) => round.fetched) } },
      { label: 'fetch of one commit, times that of git', values: { value: fetch }, goal: ratioGoal(fetch) },
      { label: 'memory at most, MB', values: { value: peak }, goal: { text: `below ${MAX_MB}`, met: peak < MAX_MB } },
    ],
    note: 'Over HTTP on loopback from a `git http-backend`, which makes the pack anew each time and shares the cores. Both take one commit deep.',
  }
}

async function nextStep(steps: AsyncIterator<string>, { exitCode }: ChildProcess): Promise<CloneStep> {
  const { value, done } = await steps.next()
  if (done === true) throw new Error(`the clone ended with ${exitCode}`)
  return JSON.parse(value)
}

async function timed(args: readonly string[]): Promise<number> {
  const start = performance.now()
  await runProgram('git', args, { timeoutSeconds: 600 })
  return performance.now() - start
}

async function makeRepository(path: string): Promise<void> {
  await runProgram('git', ['init', '--quiet', '--bare', '--initial-branch=main', path])
  await importInto(path, everything(), [])
  await runProgram('git', ['-C', path, 'repack', '-a', '-d', '--quiet', '--window=2'], { timeoutSeconds: 600 })
}

/** Hands a stream of git-fast-import(1) over. */
async function importInto(path: string, stream: Iterable<string>, options: readonly string[]): Promise<void> {
  const child = spawn('git', ['-C', path, 'fast-import', '--quiet', ...options], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const closed = once(child, 'close')
  for (const part of stream) if (!child.stdin.write(part)) await once(child.stdin, 'drain')
  child.stdin.end()
  const [code] = await closed
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`)
}

function* everything(): Generator<string> {
  yield commitHeader(0)
  for (let file = 0; file < FILES; file++) yield change(file, content(file, 0))
  yield '\n'
  for (let commit = 1; commit < COMMITS; commit++) yield* oneCommit(commit, 3)
}

function* oneCommit(commit: number, files: number): Generator<string> {
  yield commitHeader(commit)
  for (let file = 0; file < files; file++) {
    const index = (commit * 7919 + file * 104_729) % FILES
    yield change(index, content(index, commit))
  }
  yield '\n'
}

function commitHeader(commit: number): string {
  const message = `change ${commit}`
  const parent = commit < COMMITS ? '' : 'from refs/heads/main^0\n'
  return `commit refs/heads/main\ncommitter Ada <ada@example.com> ${1_700_000_000 + commit * 60} +0000\ndata ${message.length}\n${message}\n${parent}`
}

function change(file: number, text: string): string {
  return `M 100644 inline teams/team${file % 100}/app${Math.floor(file / 100) % 50}/file${file}.yaml\ndata ${text.length}\n${text}\n`
}

/** Like a manifest: the same words in all of them, and values of their own. */
function content(file: number, version: number): string {
  let text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app-${file}\n  labels:\n    version: "${version}"\ndata:\n`
  let state = file * 2_654_435_761 + 1
  for (let line = 0; text.length < FILE_BYTES; line++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    text += `  setting-${line}.${state % 97}: "${state.toString(36)}-${(state * 31) % 1_000_003}"\n`
  }
  return text.slice(0, FILE_BYTES)
}
