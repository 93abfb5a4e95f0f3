import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'
import type { JsonnetVariable } from '../../model/sources/source.ts'
import { insidePath } from '../source-trees.ts'
import type { SourceContext, SourceOutput } from './source-context.ts'

/** Evaluates one file of a directory app: it makes an object, or an array of objects. */
export function renderJsonnetFile(context: SourceContext, file: string): SourceOutput {
  const { extVars = [], tlas = [], libs = [] } = context.options.directory.jsonnet ?? {}
  const { output, usedEnvironment } = call(context, {
    source: context.index,
    file,
    libs: [context.path, ...libs.map(requireLibraryFolder)],
    extVars: extVars.map((variable) => substituteVariable(context, variable)),
    tlas: tlas.map((variable) => substituteVariable(context, variable)),
  })
  const value = isJsonObject(output) ? (output.value ?? null) : null
  if (!isJsonObject(value) && !Array.isArray(value))
    throw new CodedError('GDE_RENDER_JSONNET', 'the file makes neither an object nor an array of objects', { file })
  const values = Array.isArray(value) ? value : [value]
  return { objects: values.map((item) => ({ value: item, file })), usedEnvironment, usedDestination: false }
}

/** The position in an error message of jsonnet: `file:line:column`, or `file:(line:column)-(line:column)`. */
const POSITION = /(?:^|\n\t)([^\t\n]+?):\(?(\d+):(\d+)/

/** Below a syntax error jsonnet shows the line as it stands, which may hold a secret; file and line say as much. */
function call(context: SourceContext, input: unknown): ReturnType<SourceContext['call']> {
  try {
    return context.call('jsonnet', input)
  } catch (error) {
    if (!(error instanceof CodedError) || error.failure.code !== 'GDE_RENDER_JSONNET') throw error
    const { code, message, ...where } = error.failure
    const [, file, line, column] = POSITION.exec(message) ?? []
    throw new CodedError(code, message.split('\n\n')[0] ?? message, {
      ...where,
      ...(file !== undefined && { file, line: Number(line), column: Number(column) }),
    })
  }
}

/** Libraries are named from the root of the repository. */
function requireLibraryFolder(lib: string): string {
  const folder = insidePath('', lib)
  if (folder === undefined)
    throw new CodedError('GDE_RENDER_OUTSIDE', `the jsonnet library ${lib} lies outside the repository`)
  return folder
}

function substituteVariable(context: SourceContext, { name, value, code }: JsonnetVariable): JsonnetVariable {
  return { name, value: context.environment.substitute(value), ...(code === true ? { code } : {}) }
}
