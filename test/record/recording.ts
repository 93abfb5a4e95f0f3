import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { printJson } from '../../src/kubernetes/serialization/json.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { at } from '../servers/http-json.ts'
import type { KubeApiServer } from '../servers/kube-apiserver.ts'
import { RECORDED_CLUSTERS, type RecordedCluster } from './controlled-apps.ts'
import type { ChangeRow } from './measure.ts'
import type { ReportedStatus } from './reported-status.ts'

export const RECORDINGS = join(import.meta.dirname, 'recordings')
/** What stands in recordings in place of the Git server's address. */
export const REPOSITORY_URL = 'https://git.example.com/platform.git'

/** One object of one cluster, as the API server gave it. */
export interface RecordedObject {
  readonly cluster: RecordedCluster
  readonly object: JsonObject
}

/** What the controllers said, by app. */
export interface Verdicts {
  readonly recordedAt: string
  readonly apps: Readonly<Record<string, ReportedStatus>>
}

export interface Changes {
  /** By cluster. */
  readonly rows: Readonly<Record<string, readonly ChangeRow[]>>
}

/** Kinds that are only a server's housekeeping. */
const LEFT_OUT = /^(events|leases|componentstatuses|flowschemas|prioritylevelconfigurations)\b/

/** Every object of the cluster that can be listed, with managedFields. */
export async function dumpCluster(cluster: RecordedCluster, server: KubeApiServer): Promise<readonly RecordedObject[]> {
  const { stdout: names } = await server.kubectl(['api-resources', '--verbs=list', '--output=name'])
  const kinds = names.split('\n').filter((name) => name !== '' && !LEFT_OUT.test(name))
  const { stdout } = await server.kubectl(
    ['get', kinds.join(','), '--all-namespaces', '--output=json', '--show-managed-fields'],
    { timeoutSeconds: 300 },
  )
  const { items }: { readonly items: readonly JsonObject[] } = JSON.parse(stdout)
  return items.map((object) => ({ cluster, object }))
}

/** What tells one object from others, over all clusters. Objects that are alike stand beside each other, which is why this compresses. */
export function objectName({ cluster, object }: RecordedObject): string {
  const { apiVersion, kind } = object
  return [kind, apiVersion, at(object, 'metadata', 'name'), at(object, 'metadata', 'namespace') ?? '', cluster].join(
    ' ',
  )
}

/**
 * @param secrets texts that must not be kept, each with what stands in its place: addresses and tokens of servers that are gone
 */
export async function writeObjects(
  name: string,
  objects: readonly RecordedObject[],
  replaced: ReadonlyMap<string, string>,
): Promise<number> {
  const sorted = objects.toSorted((one, other) => (objectName(one) < objectName(other) ? -1 : 1))
  let text = sorted.map(({ cluster, object }) => `${cluster}\t${printJson(object)}\n`).join('')
  for (const [from, to] of replaced) text = text.replaceAll(from, to)
  const bytes = Buffer.from(text)
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
  await writeFile(join(RECORDINGS, `${name}.ndjson.br`), packed)
  return packed.length
}

export async function readObjects(name: string): Promise<readonly RecordedObject[]> {
  const text = brotliDecompressSync(await readFile(join(RECORDINGS, `${name}.ndjson.br`))).toString()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t')
      const cluster = RECORDED_CLUSTERS.find((one) => one === line.slice(0, tab))
      const object: Json = JSON.parse(line.slice(tab + 1))
      if (cluster === undefined || !isJsonObject(object)) throw new Error(`${name}: not a recorded object`)
      return { cluster, object }
    })
}

export async function readVerdicts(name: string): Promise<Verdicts> {
  return JSON.parse(await readFile(join(RECORDINGS, `${name}.json`), 'utf8'))
}

export async function readChanges(): Promise<Changes> {
  return JSON.parse(await readFile(join(RECORDINGS, 'changes.json'), 'utf8'))
}
