import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseJson } from '../../kubernetes/json.ts'
import { compileSchemas, type OpenapiDocument } from '../../kubernetes/schema/openapi.ts'
import { combineSchemas, type SchemaIndex } from '../../kubernetes/schema/schema-index.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject } from '../../model/json.ts'

/** A document of a cluster with many large CRDs has some 10 MB. */
const FILE_BYTES = 128 * 1024 * 1024

/**
 * The schemas of folders of OpenAPI v3 documents (`kubectl get --raw /openapi/v3/apis/apps/v1 > apps.json`), whatever the files are
 * called. What several folders describe is what the first one says.
 * @throws CodedError `GDE_SNAPSHOT_READ`, `GDE_TOO_LARGE`, `GDE_RENDER_YAML`
 */
export async function readSchemas(folders: readonly string[], signal: AbortSignal): Promise<SchemaIndex> {
  const indexes: SchemaIndex[] = []
  for (const folder of folders) indexes.push(compileSchemas(await readDocuments(folder, signal)))
  return combineSchemas(...indexes)
}

async function readDocuments(folder: string, signal: AbortSignal): Promise<readonly OpenapiDocument[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new CodedError('GDE_SNAPSHOT_READ', 'there is no such folder', { file: folder }, { cause })
  })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
  const documents: OpenapiDocument[] = []
  for (const entry of files) {
    const file = join(entry.parentPath, entry.name)
    const { size } = await stat(file)
    if (size > FILE_BYTES) throw new CodedError('GDE_TOO_LARGE', 'the file is larger than 128 MB', { file })
    const document = parseJson(await readFile(file, { encoding: 'utf8', signal }), { file })
    if (isJsonObject(document)) documents.push({ document })
  }
  return documents
}
