import type { ErrorCode } from '../model/errors.ts'
import { ERRORS } from '../model/errors.ts'
import { CodedError } from '../model/failure.ts'
import type {
  Sandbox,
  SandboxEnvironment,
  SandboxFiles,
  SandboxFunction,
  SandboxResult,
} from '../model/sources/sandbox.ts'
import { createInstance, type SandboxInstance } from './instance.ts'
import { recordFiles, withoutQuotes } from './quotes.ts'

const FLAG_FAILED = 1
const FLAG_NONDETERMINISTIC = 2
/** Upstream quotes its input in messages, whatever its length. */
const LONGEST_MESSAGE = 2_000

/** Rendering a large app takes 150 MB; an instance that grew far beyond is not reused. */
const KEPT_MEMORY_BYTES = 192 << 20

/** Errors that the Go side words without values: for whom a file is encrypted stands in the file, and has to be told. */
const OWN_WORDS: ReadonlySet<ErrorCode> = new Set(['GDE_DECRYPTION_KEY', 'GDE_RENDER_DECRYPTION'])

/** The code of an error that the Go side did not code itself. */
const CODE_OF: Readonly<Record<SandboxFunction, ErrorCode>> = {
  kustomize: 'GDE_RENDER_KUSTOMIZE',
  helm: 'GDE_RENDER_HELM',
  jsonnet: 'GDE_RENDER_JSONNET',
  yaml: 'GDE_RENDER_YAML',
  jq: 'GDE_JQ_INVALID',
  expressions: 'GDE_ARGOCD_INVALID',
  appset: 'GDE_TEMPLATE_INVALID',
  flux: 'GDE_RENDER_KUSTOMIZE',
  fluxHelm: 'GDE_RENDER_HELM',
  fluxRelease: 'GDE_RENDER_HELM',
}

/**
 * Upstream's code for one thread. An instance that ran out of memory or crashed is never used again: the next call gets a
 * new one.
 */
export function createSandbox(module: WebAssembly.Module): Sandbox {
  let instance: SandboxInstance | undefined
  return {
    call(fn, input, files, environment) {
      const used = instance ?? createInstance(module)
      instance = undefined
      const result = callInstance(used, fn, input, files, environment)
      if (used.memoryBytes() <= KEPT_MEMORY_BYTES) instance = used
      if ('failure' in result) throw result.failure
      return result
    },
  }
}

function callInstance(
  instance: SandboxInstance,
  fn: SandboxFunction,
  input: Uint8Array,
  files: SandboxFiles,
  environment: SandboxEnvironment,
): SandboxResult | { readonly failure: unknown } {
  let answer: { readonly flags: number; readonly output: Uint8Array }
  const recorded = recordFiles(files)
  try {
    answer = instance.call(Buffer.from(fn), input, recorded.files, environment)
  } catch (thrown) {
    throw new CodedError('GDE_RENDER_CRASHED', crashText(fn, thrown, instance.stderr()), {}, { cause: thrown })
  }
  const usedEnvironment = (answer.flags & FLAG_NONDETERMINISTIC) !== 0
  // An error of a host function counts even if the Go code ignored it: a file that is too large is not an absent one.
  const refused = instance.hostFailure()
  if (refused !== undefined) return { failure: refused }
  if ((answer.flags & FLAG_FAILED) !== 0)
    return { failure: codedFailure(fn, answer.output, (said) => withoutQuotes(said, input, recorded)) }
  return { output: answer.output, usedEnvironment }
}

function codedFailure(fn: SandboxFunction, output: Uint8Array, withoutInput: (said: string) => string): CodedError {
  const reported: unknown = JSON.parse(Buffer.from(output).toString('utf8'))
  const field = (name: string): unknown =>
    typeof reported === 'object' && reported !== null ? Reflect.get(reported, name) : undefined
  const code = field('code')
  const file = field('file')
  const line = field('line')
  const said = String(field('message'))
  const message = (isErrorCode(code) && OWN_WORDS.has(code) ? said : withoutInput(said)).slice(0, LONGEST_MESSAGE)
  return new CodedError(isErrorCode(code) ? code : CODE_OF[fn], message, {
    ...(typeof file === 'string' ? { file } : {}),
    ...(typeof line === 'number' ? { line } : {}),
  })
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code)
}

function crashText(fn: SandboxFunction, thrown: unknown, stderr: string): string {
  const reason = /^(?:fatal error|runtime|panic): .*$/m.exec(stderr)?.[0]
  return `${fn} crashed: ${reason ?? (thrown instanceof Error ? thrown.message : String(thrown))}`
}
