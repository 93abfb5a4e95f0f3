import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type Json } from '../../src/model/json.ts'

const HERE = import.meta.dirname
const PROGRAM = join(HERE, '../../.cache/bench/gitops-engine')

/** Builds Argo CD's comparison from the Go module beside this file: a minute or two, once. @throws Error without Go */
export function buildGitopsEngine(): void {
  mkdirSync(join(PROGRAM, '..'), { recursive: true })
  execFileSync('go', ['build', '-trimpath', '-o', PROGRAM, '.'], {
    cwd: HERE,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=readonly', GOMAXPROCS: '1' },
  })
}

/** Pairs that it compares in a second, on one processor. */
export async function gitopsEngineSpeed(lines: readonly string[], seconds: number): Promise<number> {
  const child = spawn(PROGRAM, [String(seconds)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, GOMAXPROCS: '1' },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  for (const line of lines)
    if (!child.stdin.write(`${line}\n`)) await new Promise((drained) => child.stdin.once('drain', drained))
  child.stdin.end()
  const code = await ended
  const result: Json = code === 0 ? JSON.parse(output) : null
  if (!isJsonObject(result) || typeof result.pairsPerSecond !== 'number')
    throw new Error(`gitops-engine ended with ${code}`)
  return result.pairsPerSecond
}
