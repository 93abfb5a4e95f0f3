/**
 * Clones a repository into a mirror in a process of its own, whose memory and CPU are told; then fetches what was committed since, once for
 * each line on its input.
 */
import { createInterface } from 'node:readline'
import { openGit } from '../src/git/git-service.ts'
import { REPOSITORY, repositorySpec } from '../test/git/working-repository.ts'

/** What `large-repository.bench.ts` reads, a line each: milliseconds since the start of the work, and what the process has taken until then. */
export interface CloneStep {
  readonly commit: string
  readonly ms: number
  readonly cpuMs: number
  /** The most memory until then, kilobytes. */
  readonly peakKb: number
}

const [url = '', stateDirectory = ''] = process.argv.slice(2)
const git = openGit({ stateDirectory, now: Date.now, random: () => 0.5 })
const signal = AbortSignal.timeout(600_000)

async function step(work: () => Promise<string>): Promise<void> {
  const start = performance.now()
  const commit = await work()
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const told: CloneStep = {
    commit,
    ms: performance.now() - start,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakKb: maxRSS,
  }
  process.stdout.write(`${JSON.stringify(told)}\n`)
}

const resolve = async () => (await git.resolve(REPOSITORY, 'main', signal)).commit
let commit = ''
await step(async () => {
  git.configure([repositorySpec(url)])
  commit = await resolve()
  return commit
})
for await (const _ of createInterface({ input: process.stdin }))
  await step(async () => {
    const before = commit
    const moved = Promise.withResolvers<void>()
    const stop = git.onStatus(() => moved.resolve())
    git.poll(REPOSITORY)
    await moved.promise
    stop()
    commit = await resolve()
    if (commit === before) throw new Error('the poll found no new commit')
    return commit
  })
await git.close()
