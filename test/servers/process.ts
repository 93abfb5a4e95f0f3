import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A shell that becomes the program (same process number) and leaves a watcher behind: the watcher's standard input is a pipe
 * from us, so when this process dies, however it dies, the pipe closes and the program is killed.
 */
const GUARD = 'exec 3<&0; { cat <&3 >/dev/null 2>&1; kill -9 $$; } >/dev/null 2>&1 & exec "$@" 3<&- </dev/null'

export interface ProgramOptions {
  /** For messages. */
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly folder?: string
  /** Called with whatever it prints, on either stream. */
  readonly onOutput?: (text: string) => void
}

/** A server that runs until it is closed. */
export interface Program extends AsyncDisposable {
  readonly pid: number
  /** The end of what it printed on both streams. */
  output(): string
  readonly exited: boolean
  /** SIGTERM, SIGKILL after five seconds; resolves when it is gone. */
  close(): Promise<void>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGSTOP and SIGCONT: a server that hangs without closing its connections. */
  pause(): void
  resume(): void
}

export function startProgram(options: ProgramOptions): Program {
  const child = spawn('/bin/sh', ['-c', GUARD, options.name, options.program, ...options.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${options.name} cannot be started`)
  let printed = ''
  let exited = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-32_768)
      options.onOutput?.(text)
    })
  }
  // The watcher closes its end when the program goes; writing to it is never meant.
  child.stdin.on('error', () => undefined)
  const gone = once(child, 'exit').then(() => {
    exited = true
    child.stdin.destroy()
  })
  const close = async (): Promise<void> => {
    if (exited) return
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    const grace = new AbortController()
    const killed = sleep(5000, undefined, { signal: grace.signal }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    )
    await gone
    grace.abort()
    await killed
  }
  return {
    pid,
    output: () => printed,
    get exited() {
      return exited
    },
    close,
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    [Symbol.asyncDispose]: close,
  }
}

/**
 * Asks `ready` every 50 ms until it gives something.
 * @throws Error with what the program printed when it exits or is not ready within `seconds`
 */
export async function waitUntilReady<T>(
  program: Program,
  name: string,
  seconds: number,
  ready: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    if (program.exited) throw new Error(`${name} exited:\n${program.output()}`)
    const found = await ready()
    if (found !== undefined) return found
    if (performance.now() > deadline) {
      await program.close()
      throw new Error(`${name} was not ready within ${seconds} s:\n${program.output()}`)
    }
    await sleep(50)
  }
}
