import { loadConfig } from '../../config/load-config.ts'
import { printYaml } from '../../kubernetes/serialization/yaml.ts'
import { failureLine } from '../../model/failure.ts'
import type { JsonObject } from '../../model/json.ts'
import type { LogLevel } from '../../model/log.ts'
import { visibleText } from '../../model/visible-text.ts'
import { identityOf, identityText } from '../../presentation/json/app-identity.ts'
import { API_VERSION, type ExitCode, type Terminal } from '../cli/command.ts'
import { createLog } from '../cli/log.ts'
import { jsonText } from '../output/json-text.ts'
import { textTable } from '../output/text-table.ts'
import { coverageExitCode, coverageText, type Outcome } from './coverage.ts'
import { type RepositoryPass, type RepositoryPassOptions, repositoryPass } from './repository-pass.ts'

export interface RepositoryOptions extends Pick<RepositoryPassOptions, 'folder' | 'paths' | 'urls' | 'offline'> {
  /** Path of the config file. */
  readonly config: string | undefined
  readonly logLevel: LogLevel
  /** Of each round. */
  readonly timeoutSeconds: number
  readonly showSecrets?: boolean
}

/** `render --all`: the objects of every app on stdout, what is not computed and the coverage on stderr. */
export async function renderRepository(
  options: RepositoryOptions,
  output: 'yaml' | 'json',
  terminal: Terminal,
): Promise<ExitCode> {
  const pass = await evaluate(options, terminal)
  const outcomes = outcomesOf(pass)
  if (output === 'json') {
    const apps = pass.apps.map(({ app, objects, outcome }) => ({
      identity: { ...identityOf(app) },
      ...outcomeJson(outcome),
      objects: objects.map(({ action, object }) => ({ action, object })),
    }))
    terminal.out.write(jsonText({ ...headJson(pass, outcomes), apps }))
  } else {
    const texts = pass.apps.flatMap(({ app, objects }) =>
      objects
        .filter(({ action }) => action !== 'skip')
        .map(({ object }) => `# ${visibleText(identityText(app))}\n${printYaml(object)}`),
    )
    terminal.out.write(texts.join('---\n'))
  }
  for (const { subject, outcome } of allOf(pass))
    if (outcome.type !== 'computed')
      terminal.err.write(`${visibleText(subject)}: ${visibleText(failureLine(outcome.failure))}\n`)
  writeNotes(pass, terminal)
  terminal.err.write(`${coverageText(outcomes)}\n`)
  return coverageExitCode(outcomes)
}

/** `check --all`: whether each app can be computed. */
export async function checkRepository(
  options: RepositoryOptions,
  output: 'text' | 'json',
  terminal: Terminal,
): Promise<ExitCode> {
  const pass = await evaluate(options, terminal)
  const outcomes = outcomesOf(pass)
  writeNotes(pass, terminal)
  if (output === 'json') {
    const apps = pass.apps.map(({ app, objects, outcome }) => ({
      identity: { ...identityOf(app) },
      ...outcomeJson(outcome),
      objects: objects.length,
    }))
    terminal.out.write(jsonText({ ...headJson(pass, outcomes), apps }))
  } else {
    const rows = allOf(pass).map(({ subject, outcome, objects }) => [
      subject,
      outcome.type,
      objects === undefined ? '' : String(objects),
      outcome.type === 'computed' ? '' : failureLine(outcome.failure),
    ])
    terminal.out.write(`${textTable(['APP', 'RESULT', 'OBJECTS', 'WHY'], rows)}\n${coverageText(outcomes)}\n`)
  }
  return coverageExitCode(outcomes)
}

async function evaluate(
  { config: path, logLevel, showSecrets = false, ...options }: RepositoryOptions,
  { signal }: Terminal,
): Promise<RepositoryPass> {
  const config = path === undefined ? undefined : await loadConfig(path)
  return repositoryPass({ ...options, config, log: createLog(logLevel), logLevel, signal, showSecrets })
}

interface Subject {
  readonly subject: string
  readonly outcome: Outcome
  readonly objects?: number
}

function allOf({ apps, others }: RepositoryPass): readonly Subject[] {
  const named = apps.map(({ app, outcome, objects }) => ({
    subject: identityText(app),
    outcome,
    objects: objects.length,
  }))
  return [...named, ...others]
}

function outcomesOf(pass: RepositoryPass): readonly Outcome[] {
  return allOf(pass).map(({ outcome }) => outcome)
}

function outcomeJson(outcome: Outcome): JsonObject {
  if (outcome.type === 'computed') return { result: outcome.type }
  const needs = outcome.type === 'needs' ? { needs: outcome.needs } : {}
  return { result: outcome.type, ...needs, failure: { ...outcome.failure } }
}

function writeNotes({ notes }: RepositoryPass, { err }: Terminal): void {
  for (const note of notes) err.write(`${visibleText(note)}\n`)
}

function headJson({ commit, others, notes }: RepositoryPass, outcomes: readonly Outcome[]): JsonObject {
  const count = (type: Outcome['type']): number => outcomes.filter((one) => one.type === type).length
  return {
    apiVersion: API_VERSION,
    commit,
    coverage: { all: outcomes.length, computed: count('computed'), needs: count('needs'), failed: count('failed') },
    notes,
    others: others.map(({ subject, outcome }) => ({ subject, ...outcomeJson(outcome) })),
  }
}
