import type { ExpressionAnswer, ExpressionRequest } from '../../discovery/argocd/expression-answers.ts'
import { parseJson, printJson } from '../../kubernetes/serialization/json.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import type { Sandbox } from '../../model/sources/sandbox.ts'
import { NO_FILES, PURE_ENVIRONMENT } from './pure-call.ts'

/** Matches with the library that Argo CD has. */
export function matchExpressions(sandbox: Sandbox, { expressions, texts }: ExpressionRequest): ExpressionAnswer {
  const input = Buffer.from(printJson({ expressions, texts }))
  const { output } = sandbox.call('expressions', input, NO_FILES, PURE_ENVIRONMENT)
  const answer = parseJson(Buffer.from(output).toString('utf8'))
  const listOf = (key: string): readonly Json[] => {
    const list = isJsonObject(answer) ? answer[key] : undefined
    return Array.isArray(list) ? list : []
  }
  return {
    matches: listOf('matches').map((match) => match === true),
    errors: listOf('errors').filter((error) => typeof error === 'string'),
  }
}
