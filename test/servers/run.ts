import { spawn } from 'node:child_process'

export interface RunOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly folder?: string
  /** Exit codes that are answers and not failures; [0] by default. */
  readonly accept?: readonly number[]
  readonly timeoutSeconds?: number
}

export interface RunResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. @throws Error with its stderr on another exit code than `accept` has */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: (options.timeoutSeconds ?? 60) * 1000,
    env: { ...process.env, ...options.env },
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // A program that does not read its input may close it early; its exit code decides.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => {
      if (status === null) reject(new Error(`${program} ${args.join(' ')} was ended by ${signal}:\n${stderr}`))
      else resolve(status)
    })
  })
  if (!(options.accept ?? [0]).includes(code))
    throw new Error(`${program} ${args.join(' ')} exited with ${code}:\n${stderr}${stdout}`)
  return { code, stdout, stderr }
}
