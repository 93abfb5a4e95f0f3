import { spawn } from 'node:child_process'
import { CodedError } from '../model/failure.ts'
import { outgoingText } from '../model/secrets/outgoing-text.ts'
import { SecretIndex } from '../model/secrets/secret-index.ts'

/** Helpers call their cloud over the network. */
const TIMEOUT_MS = 30_000
const MOST_OUTPUT = 256 << 10
const MOST_ERROR = 2000
/** Of what it printed shorter words are no credentials. */
const SHORTEST_PRINTED = 8

export interface ProgramRun {
  readonly command: readonly [string, ...string[]]
  readonly input: string
  /** Names of variables of this process that it gets. */
  readonly variables: readonly string[]
  /** Milliseconds; 30 s if it is left out. */
  readonly timeoutMs?: number
}

/**
 * Runs a program that the config names, with the variables that are listed and no others, without a shell.
 * @returns what it printed on stdout
 * @throws CodedError `GDE_CREDENTIALS` when it is not there, fails, takes too long or prints too much; what it printed on stderr is
 * quoted without anything of its input and output
 */
export async function runProgram(run: ProgramRun): Promise<string> {
  const [program, ...args] = run.command
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: Object.fromEntries(run.variables.flatMap((name) => variable(name))),
    // A group of its own, so that what it started ends with it.
    detached: true,
  })
  const parts: Buffer[] = []
  let size = 0
  let errors = ''
  let ended: string | undefined
  const end = (reason: string): void => {
    ended ??= reason
    killGroup(child.pid)
  }
  const timeoutMs = run.timeoutMs ?? TIMEOUT_MS
  const timer = setTimeout(() => end(`took longer than ${timeoutMs / 1000} s`), timeoutMs)
  child.stdout.on('data', (part: Buffer) => {
    size += part.length
    if (size > MOST_OUTPUT) end(`printed more than ${MOST_OUTPUT} bytes`)
    else parts.push(part)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (errors.length < MOST_ERROR) errors += text
  })
  // One that does not read its input says by its result what is wrong.
  child.stdin.on('error', () => undefined)
  child.stdin.end(run.input)
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      const isMissing = 'code' in error && error.code === 'ENOENT'
      ended ??= isMissing ? 'is not there' : 'cannot be run'
      resolve(null)
    })
    child.on('close', resolve)
  }).finally(() => clearTimeout(timer))
  if (ended !== undefined) throw programError(program, ended)
  const output = Buffer.concat(parts).toString('utf8')
  if (code === 0) return output
  // Docker's helpers say on stdout what is wrong; that may be anything, and is not quoted.
  const said = quotable(errors, [run.input, output])
  throw programError(program, `failed (${code ?? 'killed'})${said === '' ? '' : `: ${said}`}`)
}

function variable(name: string): readonly (readonly [string, string])[] {
  const value = process.env[name]
  return value === undefined ? [] : [[name, value]]
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // It ended by itself just now.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Programs repeat in their errors what they were given, and what they got. */
function quotable(text: string, seen: readonly string[]): string {
  const words = seen.flatMap((one) => one.split(/[\s"',{}[\]=]+/)).filter((word) => word.length >= SHORTEST_PRINTED)
  return new SecretIndex(words).hide(outgoingText(text)).trim().slice(0, 300).replaceAll(/\s+/g, ' ')
}

function programError(program: string, what: string): CodedError {
  return new CodedError('GDE_CREDENTIALS', `the credential helper ${program} ${what}`)
}
