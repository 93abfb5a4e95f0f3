import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { compileSchemas, type OpenapiDocument } from '../../kubernetes/openapi/openapi.ts'
import { combineSchemas, type SchemaIndex } from '../../kubernetes/schema/schema-index.ts'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'

/** A document of a cluster with many large CRDs has some 10 MB. */
const FILE_BYTES = 128 * 1024 * 1024

/**
 * The schemas of OpenAPI v3 documents (`kubectl get --raw /openapi/v3/apis/apps/v1 > apps.json`), in files or in folders of `.json`
 * files. Of a kind that several describe the first one counts.
 * @throws CodedError `GDE_SNAPSHOT_READ`, also when nothing there describes anything; `GDE_TOO_LARGE`, `GDE_RENDER_YAML`
 */
export async function readSchemas(paths: readonly string[], signal: AbortSignal): Promise<SchemaIndex> {
  const indexes: SchemaIndex[] = []
  for (const path of paths) {
    const documents: OpenapiDocument[] = []
    for (const file of await filesOf(path)) documents.push(...(await readDocument(file, signal)))
    // Comparing without the schemas that were meant would be less exact, and nobody would know.
    if (documents.length === 0)
      throw new CodedError('GDE_SNAPSHOT_READ', 'there is no OpenAPI v3 document', { file: path })
    indexes.push(compileSchemas(documents))
  }
  return combineSchemas(...indexes)
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new CodedError('GDE_SNAPSHOT_READ', 'there is no such file or folder', { file: path }, { cause })
  })
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
  return files.map((entry) => join(entry.parentPath, entry.name)).sort()
}

/** None for JSON that is something else, such as the server's index of its documents. */
async function readDocument(file: string, signal: AbortSignal): Promise<readonly OpenapiDocument[]> {
  const { size } = await stat(file)
  if (size > FILE_BYTES) throw new CodedError('GDE_TOO_LARGE', 'the file is larger than 128 MB', { file })
  const document = parseJson(await readFile(file, { encoding: 'utf8', signal }), { file })
  const components = isJsonObject(document) ? document.components : undefined
  return isJsonObject(document) && isJsonObject(components) && isJsonObject(components.schemas) ? [{ document }] : []
}
