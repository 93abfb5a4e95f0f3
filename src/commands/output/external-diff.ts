import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printYaml } from '../../kubernetes/serialization/yaml.ts'
import { CodedError } from '../../model/failure.ts'
import { isNoteworthy, type ObjectVerdict } from '../../model/verdicts/difference.ts'
import { yamlDiff } from '../../presentation/yaml-diff.ts'

/** A program that shows how two folders differ. */
export interface DiffProgram {
  readonly command: string
  /** Behind the two folders. */
  readonly args: readonly string[]
}

/** What kubectl lets through; it leaves out other words, silently. */
const ARGUMENT = /^[a-zA-Z0-9-=]+$/
/** Longest name of a file, but for the number in front of it. */
const NAME_LENGTH = 200

/** The program that KUBECTL_EXTERNAL_DIFF names, read as `kubectl diff` reads it; undefined where it names none. */
export function externalDiff(environment: Readonly<Record<string, string | undefined>>): DiffProgram | undefined {
  const [command = '', ...words] = (environment.KUBECTL_EXTERNAL_DIFF ?? '').split(' ')
  return command === '' ? undefined : { command, args: words.filter((word) => ARGUMENT.test(word)) }
}

/**
 * Runs the program on two folders, `LIVE-…` and `MERGED-…`, with a file for each object that differs: what runs, and what an apply would make
 * of it. They hold the fields that differ, and those of Secrets are masked as in the other outputs. Its exit code 1 only says that they differ.
 * @throws CodedError `GDE_DIFF_PROGRAM` when it cannot be run, or fails
 */
export async function runExternalDiff(
  { command, args }: DiffProgram,
  objects: readonly ObjectVerdict[],
  signal: AbortSignal,
): Promise<void> {
  const shown = objects.filter(isNoteworthy)
  if (shown.length === 0) return
  const folders: string[] = []
  try {
    for (const start of ['LIVE-', 'MERGED-']) folders.push(await mkdtemp(join(tmpdir(), start)))
    const [live = '', merged = ''] = folders
    for (const [index, object] of shown.entries()) {
      const name = fileName(object, index)
      const sides = sidesOf(object)
      await writeFile(join(live, name), sides.live)
      await writeFile(join(merged, name), sides.merged)
    }
    await runProgram(command, [live, merged, ...args], signal)
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  }
}

async function runProgram(command: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], signal })
  try {
    const [code, killedBy] = await once(child, 'exit')
    if (typeof code === 'number' && code <= 1) return
    const how = typeof code === 'number' ? `exit code ${code}` : String(killedBy)
    throw new CodedError('GDE_DIFF_PROGRAM', `${command} failed: ${how}`)
  } catch (error) {
    if (signal.aborted || error instanceof CodedError || !(error instanceof Error)) throw error
    throw new CodedError('GDE_DIFF_PROGRAM', `${command} cannot be run: ${error.message}`, {}, { cause: error })
  }
}

/** As kubectl names them, with a number in front: names are a stranger's, and a file's name is not case-sensitive everywhere. */
function fileName({ key, version }: ObjectVerdict, index: number): string {
  const group = key.group === '' ? '' : `${key.group}.`
  const name = `${group}${version}.${key.kind}.${key.namespace}.${key.name}`
  return `${String(index).padStart(4, '0')}.${name.replace(/[^\w.-]/g, '_').slice(0, NAME_LENGTH)}`
}

function sidesOf({ key, version, state, differences }: ObjectVerdict): {
  readonly live: string
  readonly merged: string
} {
  const { group, kind, namespace, name } = key
  const head = printYaml({
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: { ...(namespace !== '' && { namespace }), name },
  })
  const isWhole = differences.some(({ path }) => path === '')
  const lines = yamlDiff(differences, Number.POSITIVE_INFINITY)
  const side = (sign: '-' | '+', isThere: boolean): string => {
    const own = lines.filter((line) => line.sign === ' ' || line.sign === sign).map(({ text }) => `${text}\n`)
    if (!isThere) return ''
    // A whole object that is shown brings its name along.
    return isWhole && own.length > 0 ? own.join('') : `${head}${own.length === 0 ? '' : `---\n${own.join('')}`}`
  }
  return { live: side('-', state !== 'missing'), merged: side('+', state !== 'extra') }
}
