import { ERRORS, type ErrorCode } from '../../../model/errors.ts'
import { CodedError, type Failure } from '../../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { Dependency } from '../../../model/sources/rendering.ts'
import type { ApplicationSetStep, GeneratedApplications, SetError } from './generation.ts'
import type { RepositoryNeed } from './inputs.ts'

/** What the host knows of a step beside the sandbox's answer. */
export interface StepFacts {
  readonly dependencies: readonly Dependency[]
  readonly unstable: boolean
}

/** Reads the answer of the sandbox' `appset`. @throws CodedError `GDE_INTERNAL` when it is not of that form */
export function readStep(output: Json, facts: StepFacts): ApplicationSetStep {
  const answer = requireObject(output, 'answer')
  if (answer.needs !== undefined) return { type: 'needs', needs: requireList(answer.needs, 'needs').map(readNeed) }
  const problems = requireList(answer.findings, 'findings').map(readProblem)
  const result: GeneratedApplications = {
    applications: requireList(answer.applications, 'applications').map((one) => requireObject(one, 'application')),
    invalid: requireTexts(answer.invalid, 'invalid'),
    unknownClusters: requireTexts(answer.unknownClusters, 'unknownClusters'),
    ...(answer.error !== undefined && { error: readError(answer.error) }),
    warnings: requireList(answer.warnings, 'warnings').map((one) => requireText(one, 'warning')),
    problems: facts.unstable ? [...problems, UNSTABLE] : problems,
    notComputable: requireList(answer.notComputable, 'notComputable').map((one) => requireText(one, 'generator')),
    ...(Array.isArray(answer.applied) && {
      applied: answer.applied.map((one: Json) => requireObject(one, 'application')),
    }),
    ...facts,
  }
  return { type: 'generated', result }
}

const UNSTABLE: Failure = {
  code: 'GDE_RENDER_UNSTABLE',
  message: 'the templates use random functions or the clock: Argo CD makes other Applications each time',
}

function readNeed(value: Json): RepositoryNeed {
  const need = requireObject(value, 'need')
  return {
    url: requireText(need.url, 'url'),
    revision: requireText(need.revision, 'revision'),
    project: requireText(need.project, 'project'),
  }
}

function readError(value: Json): SetError {
  const error = requireObject(value, 'error')
  return {
    code: code(error.code),
    reason: requireText(error.reason, 'reason'),
    message: requireText(error.message, 'message'),
  }
}

function readProblem(value: Json): Failure {
  const problem = requireObject(value, 'finding')
  return {
    code: code(problem.code),
    message: requireText(problem.message, 'message'),
    ...(problem.application !== undefined && { app: requireText(problem.application, 'application') }),
  }
}

function requireObject(value: Json | undefined, what: string): JsonObject {
  return isJsonObject(value) ? value : throwMalformed(what)
}

function requireList(value: Json | undefined, what: string): readonly Json[] {
  return Array.isArray(value) ? value : throwMalformed(what)
}

function requireTexts(value: Json | undefined, what: string): Readonly<Record<string, string>> {
  const texts = Object.entries(requireObject(value, what)).map(([key, one]) => [key, requireText(one, what)])
  return Object.fromEntries(texts)
}

function requireText(value: Json | undefined, what: string): string {
  return typeof value === 'string' ? value : throwMalformed(what)
}

function code(value: Json | undefined): ErrorCode {
  return isErrorCode(value) ? value : throwMalformed('code')
}

function isErrorCode(value: Json | undefined): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value)
}

function throwMalformed(what: string): never {
  throw new CodedError('GDE_INTERNAL', `the sandbox' answer on an ApplicationSet has no usable ${what}`)
}
