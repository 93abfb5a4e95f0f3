import { ERRORS, type ErrorCode } from '../../../model/errors.ts'
import { CodedError, type Failure } from '../../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { Dependency } from '../../../model/rendering.ts'
import type { ApplicationSetStep, GeneratedApplications, SetError } from './generation.ts'
import type { RepositoryNeed } from './inputs.ts'

/** What the host knows of a step beside the sandbox's answer. */
export interface StepFacts {
  readonly dependencies: readonly Dependency[]
  readonly unstable: boolean
}

/** Reads the answer of the sandbox' `appset`. @throws CodedError `GDE_INTERNAL` when it is not of that form */
export function readStep(output: Json, facts: StepFacts): ApplicationSetStep {
  const answer = object(output, 'answer')
  if (answer.needs !== undefined) return { type: 'needs', needs: list(answer.needs, 'needs').map(readNeed) }
  const problems = list(answer.findings, 'findings').map(readProblem)
  const result: GeneratedApplications = {
    applications: list(answer.applications, 'applications').map((one) => object(one, 'application')),
    invalid: Object.fromEntries(
      Object.entries(object(answer.invalid, 'invalid')).map(([name, reason]) => [name, text(reason, 'reason')]),
    ),
    ...(answer.error !== undefined && { error: readError(answer.error) }),
    warnings: list(answer.warnings, 'warnings').map((one) => text(one, 'warning')),
    problems: facts.unstable ? [...problems, UNSTABLE] : problems,
    notComputable: list(answer.notComputable, 'notComputable').map((one) => text(one, 'generator')),
    ...(Array.isArray(answer.applied) && { applied: answer.applied.map((one: Json) => object(one, 'application')) }),
    ...facts,
  }
  return { type: 'generated', result }
}

const UNSTABLE: Failure = {
  code: 'GDE_RENDER_UNSTABLE',
  message: 'the templates use random functions or the clock: Argo CD makes other Applications each time',
}

function readNeed(value: Json): RepositoryNeed {
  const need = object(value, 'need')
  return {
    url: text(need.url, 'url'),
    revision: text(need.revision, 'revision'),
    project: text(need.project, 'project'),
  }
}

function readError(value: Json): SetError {
  const error = object(value, 'error')
  return { code: code(error.code), reason: text(error.reason, 'reason'), message: text(error.message, 'message') }
}

function readProblem(value: Json): Failure {
  const finding = object(value, 'finding')
  return {
    code: code(finding.code),
    message: text(finding.message, 'message'),
    ...(finding.application !== undefined && { app: text(finding.application, 'application') }),
  }
}

function object(value: Json | undefined, what: string): JsonObject {
  return isJsonObject(value) ? value : wrong(what)
}

function list(value: Json | undefined, what: string): readonly Json[] {
  return Array.isArray(value) ? value : wrong(what)
}

function text(value: Json | undefined, what: string): string {
  return typeof value === 'string' ? value : wrong(what)
}

function code(value: Json | undefined): ErrorCode {
  return isErrorCode(value) ? value : wrong('code')
}

function isErrorCode(value: Json | undefined): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value)
}

function wrong(what: string): never {
  throw new CodedError('GDE_INTERNAL', `the sandbox' answer on an ApplicationSet has no usable ${what}`)
}
