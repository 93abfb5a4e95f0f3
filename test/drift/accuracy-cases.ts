import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { builtinSchemas } from '../../src/kubernetes/builtin/table.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { compileSchemas, type OpenapiDocument } from '../../src/kubernetes/openapi/openapi.ts'
import { combineSchemas, type SchemaIndex } from '../../src/kubernetes/schema/schema-index.ts'
import { parseJson } from '../../src/kubernetes/serialization/json.ts'
import { isJsonObject, type Json } from '../../src/model/json.ts'
import type { KubernetesObject } from '../../src/model/object.ts'
import type { DifferenceClass } from '../../src/model/verdicts/difference.ts'

/** A pair of objects from a real API server with the right verdict (cases/accuracy/README.md). */
export interface AccuracyCase {
  readonly id: string
  readonly app: string
  readonly group: string
  readonly manner: string
  readonly manager: string
  readonly desired: KubernetesObject
  readonly live: KubernetesObject | undefined
  readonly expected: Expected
}

export interface Expected {
  readonly class: DifferenceClass | 'none'
  /** All classes that are right. */
  readonly classes: readonly string[]
  readonly paths: readonly string[]
}

const FOLDER = join(import.meta.dirname, 'cases/accuracy')

export function readAccuracyCases(): readonly AccuracyCase[] {
  return gunzipSync(readFileSync(join(FOLDER, 'cases.jsonl.gz')))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => readCase(parseJson(line)))
}

function readCase(value: Json): AccuracyCase {
  if (!isJsonObject(value) || !isJsonObject(value.expect)) throw new Error('not a case')
  const { expect, desired = null, live = null } = value
  const found = String(expect.class)
  return {
    id: String(value.id),
    app: String(value.app),
    group: String(value.group),
    manner: String(value.manner),
    manager: String(value.manager),
    desired: asKubernetesObject(desired),
    live: live === null ? undefined : asKubernetesObject(live),
    expected: {
      class: isClass(found) ? found : 'none',
      classes: [found, ...strings(expect.accept)],
      paths: [...(typeof expect.path === 'string' ? [expect.path] : []), ...strings(expect.altPaths)],
    },
  }
}

function isClass(text: string): text is DifferenceClass {
  return text === 'changed' || text === 'missing' || text === 'removed' || text === 'added'
}

function strings(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** The schemas of the case's cluster: those of the built-in kinds and of the app's CRDs. */
export function accuracySchemas(): (app: string) => SchemaIndex {
  const documents: Json = parseJson(gunzipSync(readFileSync(join(FOLDER, 'openapi.json.gz'))).toString('utf8'))
  const indexes = new Map<string, SchemaIndex>()
  const indexOf = (folder: string): SchemaIndex => {
    const known = indexes.get(folder)
    if (known !== undefined) return known
    const index = compileSchemas(documentsOf(isJsonObject(documents) ? documents[folder] : undefined))
    indexes.set(folder, index)
    return index
  }
  return (app) => combineSchemas(indexOf(app), indexOf('_builtin'))
}

function documentsOf(folder: Json | undefined): readonly OpenapiDocument[] {
  const files = isJsonObject(folder) ? Object.entries(folder) : []
  return files.flatMap(([name, document]) => {
    const [, group = '', version = ''] = /^apis?__(?:(.+)__)?([^_]+)\.json$/.exec(name) ?? []
    return isJsonObject(document) ? [{ group, version, document }] : []
  })
}

/** What there is without any cluster: Kubernetes' own kinds. */
export function builtinOnly(): SchemaIndex {
  return builtinSchemas()
}
