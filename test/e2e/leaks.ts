import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readYamlDocuments } from '../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'

/**
 * The canary of every end-to-end test: whatever secret a test gives to the program (Secrets of snapshots, users of kubeconfigs, files of
 * passwords and tokens) must be in nothing that it prints, serves or saves.
 */
export async function assertNoLeak(config: string, outputs: Readonly<Record<string, string>>): Promise<void> {
  const folder = dirname(config)
  const secrets = await secretsIn(folder)
  if (secrets.size === 0) return
  const texts = new Map(Object.entries(outputs))
  for (const [path, bytes] of await filesIn(join(folder, 'state'))) texts.set(path, bytes.toString('latin1'))
  for (const secret of secrets)
    for (const spelling of new Set([
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret)
        .toString('base64')
        .replace(/.={0,2}$/, ''),
    ]))
      for (const [where, text] of texts) assert.ok(!text.includes(spelling), `${where} holds the secret ${secret}`)
}

/** What a person cannot have written elsewhere by chance. */
const SECRET = /^(?=.*\d)(?=.*[a-zA-Z]).{8,}$/s
const LARGEST = 1 << 20

async function secretsIn(folder: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const [path, bytes] of await filesIn(folder)) {
    if (bytes.length > LARGEST || /\/(?:state|\.git)\//.test(path)) continue
    const text = bytes.toString('utf8')
    if (/(?:password|token)[^/]*$/i.test(path) && SECRET.test(text.trim())) found.add(text.trim())
    if (/kind"?: *"?(?:Secret|Config)\b/.test(text))
      for (const value of secretsOf(text)) if (SECRET.test(value)) found.add(value)
  }
  return found
}

async function filesIn(folder: string): Promise<readonly (readonly [string, Buffer])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(orGone([]))
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(paths.map(async (path) => [path, await readFile(path).catch(orGone(Buffer.alloc(0)))] as const))
}

/** A test need not have a state folder, and files in it are replaced while they are read. */
function orGone<T>(nothing: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return nothing
    throw error
  }
}

function secretsOf(text: string): readonly string[] {
  let documents: readonly Json[]
  try {
    documents = readYamlDocuments(text).map(({ value }) => value)
  } catch {
    // A test of a broken file says itself what must not be shown.
    return []
  }
  return documents.filter(isJsonObject).flatMap((document) => {
    if (document.kind === 'List') return listOf(document, 'items').flatMap(valuesOf)
    return valuesOf(document)
  })
}

function valuesOf(object: JsonObject): readonly string[] {
  if (object.kind === 'Secret') return [...textsOf(object.data).map(decode), ...textsOf(object.stringData)]
  if (object.kind !== 'Config') return []
  return listOf(object, 'users').flatMap(({ user }) => {
    if (!isJsonObject(user)) return []
    const { token, password, 'client-key-data': key } = user
    return [...textsOf([token ?? null, password ?? null]), ...textsOf([key ?? null]).map(decode)]
  })
}

function listOf(object: JsonObject, field: string): readonly JsonObject[] {
  const list = object[field]
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

function textsOf(values: Json | undefined): readonly string[] {
  return Object.values(values ?? {}).filter((value) => typeof value === 'string')
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8')
}
