import { parseJson } from '../../kubernetes/serialization/json.ts'
import type { Encrypted } from '../../model/encrypted.ts'
import { CodedError, type Failure } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import type { FluxHelmSourceOptions, FluxSourceOptions, FluxVariables } from '../../model/sources/flux.ts'
import type { DestinationVersions, RenderedObject } from '../../model/sources/rendering.ts'
import type { Sandbox, SandboxEnvironment, SandboxFunction } from '../../model/sources/sandbox.ts'
import type { RecordedSources } from '../recorded-sources.ts'
import { stringifyExactly } from '../stringify-exactly.ts'
import { markUnstable } from '../unstable.ts'
import { readFluxObjects, submoduleSources } from './flux-objects.ts'
import { plainFiles } from './plain-files.ts'

/** Digits of the commit or digest that Flux appends to the version of a chart. */
const COMMIT_IN_VERSION = 12

/** Decrypts what the engine thread encrypted. */
export type Decrypt = (encrypted: Encrypted) => string

export interface FluxJob {
  readonly options: FluxSourceOptions | FluxHelmSourceOptions
  readonly path: string
  readonly commit: string
  readonly files: RecordedSources
  readonly destination: DestinationVersions
  readonly sandbox: () => Sandbox
  /** @param pointers of values that were encrypted */
  readonly redact: (object: KubernetesObject, pointers: readonly string[]) => Pick<RenderedObject, 'object' | 'copies'>
  readonly decrypt: Decrypt
  readonly maxObjects: number
  /** Two environments with nothing in common. */
  readonly environments: readonly [SandboxEnvironment, SandboxEnvironment]
}

export interface FluxRendering {
  readonly objects: readonly RenderedObject[]
  /** The chart used the destination's versions. */
  readonly usedDestination: boolean
  /** The commit ID went into the objects. */
  readonly usedCommit: boolean
  readonly warnings: readonly Failure[]
}

/** The call of the sandbox for the source options. */
interface FluxCall {
  readonly fn: SandboxFunction
  readonly input: unknown
  /** Values of Secrets may be anywhere in what comes out, errors included. */
  readonly confidential: boolean
}

/**
 * Renders what Flux's controllers would apply: they see an artifact of the repository, and so do the functions of the sandbox.
 * @throws CodedError `GDE_RENDER_*`, `GDE_GIT_PATH`, `GDE_GIT_UNSUPPORTED`, `GDE_TOO_LARGE`, `GDE_DECRYPTION_KEY`, `GDE_RENDER_DECRYPTION`
 */
export function renderFlux(job: FluxJob): FluxRendering {
  const { options, environments } = job
  const { fn, input, confidential } = callFor(job)
  const files = plainFiles(job.files, submoduleSources(options.artifact))
  const bytes = Buffer.from(stringifyExactly(input))
  const warnings: Failure[] = []
  const inEnvironment = (environment: SandboxEnvironment) => {
    const { output, usedEnvironment } = withoutDetails(confidential, () =>
      job.sandbox().call(fn, bytes, files, environment),
    )
    const answer = parseJson(Buffer.from(output).toString('utf8'))
    const objects = readFluxObjects(answer, job.redact, job.maxObjects)
    return {
      usedEnvironment,
      usedDestination: isJsonObject(answer) && answer.usedDestination === true,
      objects: confidential ? objects.map((object) => ({ ...object, confidential: true as const })) : objects,
    }
  }
  const first = inEnvironment(environments[0])
  const warn = (warning: Failure): void => void warnings.push(warning)
  const objects = first.usedEnvironment
    ? markUnstable(first.objects, inEnvironment(environments[1]).objects, warn)
    : first.objects
  const usedCommit = options.tool === 'fluxHelm' && options.versionedByCommit
  return { objects, usedDestination: first.usedDestination, usedCommit, warnings }
}

function callFor({ options, path, commit, destination, decrypt }: FluxJob): FluxCall {
  switch (options.tool) {
    case 'flux': {
      const { tool: _tool, postBuild, keys = [], ...rest } = options
      const variables = postBuild?.variables.map((one) => decrypted(one, decrypt))
      return {
        fn: 'flux',
        input: {
          ...rest,
          path,
          keys: keys.map(({ file, encrypted }) => ({ file, text: decrypt(encrypted) })),
          ...(postBuild !== undefined && { postBuild: { ...postBuild, variables } }),
        },
        // The function marks the objects that a Secret went into, and keeps its values out of messages.
        confidential: false,
      }
    }
    case 'fluxHelm': {
      const { tool: _tool, valuesFrom, versionedByCommit, versionMetadata, ...rest } = options
      const byCommit = versionedByCommit ? [commit.replace(/^sha\d+:/, '').slice(0, COMMIT_IN_VERSION)] : []
      const metadata = [...byCommit, ...(versionMetadata === undefined ? [] : [versionMetadata])].join('.')
      const version = metadata !== '' && { versionMetadata: metadata }
      const given = valuesFrom.map(({ text, ...from }) => ({
        ...from,
        text: 'plain' in text ? text.plain : decrypt(text.encrypted),
      }))
      const { kubeVersion, apiVersions } = destination
      return {
        fn: 'fluxHelm',
        input: { ...rest, ...version, valuesFrom: given, kubeVersion, apiVersions },
        confidential: valuesFrom.some(({ text }) => 'encrypted' in text),
      }
    }
    default:
      return options satisfies never
  }
}

function decrypted(variables: FluxVariables, decrypt: Decrypt): { readonly values: unknown; readonly secret: boolean } {
  return 'values' in variables
    ? { values: variables.values, secret: false }
    : { values: parseJson(decrypt(variables.encrypted)), secret: true }
}

/** Replaces the message of an error: templates and parsers quote their input, which may hold values of a Secret. */
function withoutDetails<T>(confidential: boolean, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (!confidential || !(error instanceof CodedError)) throw error
    const { code, file, line } = error.failure
    const where = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) }
    throw new CodedError(code, 'it cannot be rendered; why is not told, since values of a Secret would be in it', where)
  }
}
