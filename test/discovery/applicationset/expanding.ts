import { expandApplicationSet } from '../../../src/discovery/argocd/applicationset/expand.ts'
import { generateApplications } from '../../../src/discovery/argocd/applicationset/generate.ts'
import type { GeneratedApplications } from '../../../src/discovery/argocd/applicationset/generation.ts'
import {
  APPLICATION_SET_LIMITS,
  type ApplicationSetRequest,
  DEFAULT_APPLICATION_SET_SETTINGS,
  type RepositoryNeed,
} from '../../../src/discovery/argocd/applicationset/inputs.ts'
import { openTree } from '../../../src/git/objects/tree-reader.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { SourceTree } from '../../../src/model/sources/rendering.ts'
import type { Sandbox } from '../../../src/model/sources/sandbox.ts'
import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import { ENVIRONMENT, testModule } from '../../sandbox/test-sandbox.ts'

const module = await testModule()

/** One sandbox for all tests of a file, as a pool thread has one for all its jobs. */
export const sandbox: Sandbox = createSandbox(module)

/** A request with nothing around the set. */
export function requestFor(
  applicationSet: JsonObject,
  more: Partial<ApplicationSetRequest> = {},
): ApplicationSetRequest {
  return {
    applicationSet,
    argocdNamespace: 'argocd',
    clusterSecrets: [],
    repositories: [],
    settings: DEFAULT_APPLICATION_SET_SETTINGS,
    limits: APPLICATION_SET_LIMITS,
    ...more,
  }
}

/** Expands with one tree for every repository, or with none. */
export async function expand(
  request: ApplicationSetRequest,
  tree?: SourceTree,
  needed: (need: RepositoryNeed) => void = () => undefined,
): Promise<GeneratedApplications> {
  const { result } = await expandApplicationSet(
    request,
    {
      step: async (one) => generateApplications(one, { openTree, sandbox: () => sandbox, environment: ENVIRONMENT }),
      resolve: async (need) => {
        needed(need)
        if (tree !== undefined) return { need, found: { tree } }
        const message = `repository not found: ${need.url}`
        return { need, found: { failure: { code: 'GDE_GIT_UNREACHABLE', message } } }
      },
    },
    AbortSignal.timeout(60_000),
  )
  return result
}
