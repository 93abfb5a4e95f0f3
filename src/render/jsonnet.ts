import { CodedError } from '../model/failure.ts'
import { isJsonObject } from '../model/json.ts'
import type { JsonnetVariable } from '../model/source.ts'
import { insidePath } from './recorded-sources.ts'
import type { SourceContext, SourceOutput } from './source-context.ts'

/** Evaluates one file of a directory app: it makes an object, or an array of objects. */
export function renderJsonnetFile(context: SourceContext, file: string): SourceOutput {
  const { extVars = [], tlas = [], libs = [] } = context.recipe.directory.jsonnet ?? {}
  const { output, usedWorld } = context.call('jsonnet', {
    source: context.index,
    file,
    libs: [context.path, ...libs.map(libraryFolder)],
    extVars: extVars.map((variable) => substituted(context, variable)),
    tlas: tlas.map((variable) => substituted(context, variable)),
  })
  const value = isJsonObject(output) ? (output.value ?? null) : null
  if (!isJsonObject(value) && !Array.isArray(value))
    throw new CodedError('GDE_RENDER_JSONNET', 'the file makes neither an object nor an array of objects', { file })
  const values = Array.isArray(value) ? value : [value]
  return { objects: values.map((item) => ({ value: item, file })), usedWorld, usedDestination: false }
}

/** Libraries are named from the root of the repository. */
function libraryFolder(lib: string): string {
  const folder = insidePath('', lib)
  if (folder === undefined)
    throw new CodedError('GDE_RENDER_OUTSIDE', `the jsonnet library ${lib} lies outside the repository`)
  return folder
}

function substituted(context: SourceContext, { name, value, code }: JsonnetVariable): JsonnetVariable {
  return { name, value: context.environment.substitute(value), ...(code === true ? { code } : {}) }
}
