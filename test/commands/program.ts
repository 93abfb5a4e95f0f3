import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { buildProgram } from '../../build/program.ts'

export const MAIN = join(import.meta.dirname, '../../dist/main.js')

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Builds dist/ unless it is up to date: these tests run what npm ships. */
export async function builtProgram(): Promise<void> {
  await buildProgram({ quiet: true })
}

/** Runs the built program to its end. */
export async function runProgram(...args: readonly string[]): Promise<Ended> {
  const child = startProgram(args)
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, out, err }
}

/** Starts it; with `nodeOptions` for the Node that runs it. */
export function startProgram(args: readonly string[], nodeOptions: readonly string[] = []) {
  return spawn(process.execPath, [...nodeOptions, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Reads stdout until it holds the text; gives all that was printed by then. */
export function printed(child: ChildProcess, wanted: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (chunk) => {
      output += chunk
      if (output.includes(wanted)) resolve(output)
    })
    child.on('close', () => reject(new Error(`it ended and printed only: ${output}`)))
  })
}

/** Asks it to stop and waits until it has. */
export async function stopProgram(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const closed = once(child, 'close')
  child.kill(signal)
  await closed
  return child.exitCode
}
