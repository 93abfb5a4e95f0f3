import { parseJson, printJson } from '../../../kubernetes/serialization/json.ts'
import { CodedError } from '../../../model/failure.ts'
import type { Json, JsonObject } from '../../../model/json.ts'
import type { Sandbox, SandboxEnvironment, SandboxResult } from '../../../model/sources/sandbox.ts'
import type { OpenTree } from '../../../model/sources/tree.ts'
import { type ApplicationSetStep, notGenerated } from './generation.ts'
import type { ApplicationSetRequest, RepositoryAnswer } from './inputs.ts'
import { readStep } from './read-step.ts'
import { openRepositoryFiles } from './repository-files.ts'

export interface GenerateDependencies {
  readonly openTree: OpenTree
  readonly sandbox: () => Sandbox
  readonly environment: SandboxEnvironment
}

/**
 * Computes what Argo CD 3.x' ApplicationSet controller makes of one set, in the sandbox with upstream's own libraries: one step,
 * which asks for repositories that the request lacks. Synchronous, for a thread that may be killed: templates can loop. What goes
 * wrong is the set's error: `GDE_APPSET_*`, `GDE_TOO_LARGE`, `GDE_RENDER_CRASHED` when memory runs out, `GDE_GIT_DAMAGED`.
 */
export function generateApplications(request: ApplicationSetRequest, used: GenerateDependencies): ApplicationSetStep {
  const trees = request.repositories.map(({ found }) => ('tree' in found ? found.tree : undefined))
  const files = openRepositoryFiles(trees, used.openTree, request.limits.fileBytes)
  let answer: SandboxResult
  try {
    answer = used.sandbox().call('appset', encode(input(request)), files, used.environment)
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown
    const result = notGenerated(thrown.failure, files.dependencies())
    return {
      type: 'generated',
      result: { ...result, ...(request.existing !== undefined && { applied: request.existing }) },
    }
  }
  const text = Buffer.from(answer.output).toString('utf8')
  return readStep(parseJson(text), { dependencies: files.dependencies(), unstable: answer.usedEnvironment })
}

function encode(value: JsonObject): Uint8Array {
  return Buffer.from(printJson(value))
}

function input(request: ApplicationSetRequest): JsonObject {
  return {
    applicationSet: request.applicationSet,
    namespace: request.argocdNamespace,
    clusterSecrets: request.clusterSecrets.map((secret) => ({ ...secret })),
    projects: request.projects === undefined ? null : [...request.projects],
    repositories: request.repositories.map(repositoryInput),
    settings: { ...request.settings },
    existing: request.existing === undefined ? null : [...request.existing],
    limits: {
      applications: request.limits.applications,
      parameterSets: request.limits.parameterSets,
      fileBytes: request.limits.totalFileBytes,
    },
  }
}

function repositoryInput({ need, found }: RepositoryAnswer, source: number): Json {
  return { ...need, source, ...('failure' in found && { error: found.failure.message }) }
}
