import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import { readYamlDocuments } from '../../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'

/** One Kustomization with its surroundings, and what Flux's own code made of it. */
export interface FluxCase {
  readonly name: string
  readonly kustomization: KubernetesObject
  /** The folder of the file system that is committed. */
  readonly source: string
  readonly gitRepository: KubernetesObject | undefined
  /** The file of ConfigMaps and Secrets as it was written: without namespaces. */
  readonly referenceFile: string | undefined
  /** ConfigMaps and Secrets. */
  readonly references: readonly KubernetesObject[]
  readonly strict: boolean
  readonly error: boolean
  readonly objects: readonly JsonObject[]
  readonly driftIgnore: Json | undefined
}

const CASES = join(import.meta.dirname, 'cases')

export async function readFluxCases(): Promise<readonly FluxCase[]> {
  const cases: FluxCase[] = []
  for (const group of (await readdir(CASES)).sort()) {
    for (const name of group.endsWith('.md') ? [] : (await readdir(join(CASES, group))).sort()) {
      const folder = join(CASES, group, name)
      if (!existsSync(join(folder, 'kustomization.yaml'))) continue
      const own = join(folder, 'source')
      cases.push(await readCase(`${group}/${name}`, folder, existsSync(own) ? own : join(CASES, group, 'source')))
    }
  }
  return cases
}

async function readCase(name: string, folder: string, source: string): Promise<FluxCase> {
  const [kustomization] = await objectsIn(join(folder, 'kustomization.yaml'))
  const [gitRepository] = await objectsIn(join(folder, 'source-object.yaml'))
  const expected = readYamlDocuments(await readFile(join(folder, 'expected.yaml'), 'utf8'))[0]?.value
  assert.ok(kustomization !== undefined && isJsonObject(expected))
  const referenceFile = join(folder, 'substitute-from.yaml')
  return {
    name,
    kustomization,
    source,
    gitRepository,
    referenceFile: existsSync(referenceFile) ? referenceFile : undefined,
    references: (await objectsIn(referenceFile)).map((object) =>
      inNamespace(object, String(kustomization.metadata.namespace)),
    ),
    strict: existsSync(join(folder, 'strict')),
    error: expected.error !== undefined,
    objects: Array.isArray(expected.objects) ? expected.objects.filter(isJsonObject) : [],
    driftIgnore: expected.driftIgnore,
  }
}

async function objectsIn(file: string): Promise<readonly KubernetesObject[]> {
  if (!existsSync(file)) return []
  const documents = readYamlDocuments(await readFile(file, 'utf8'), { file })
  return documents.filter(({ value }) => value !== null).map(({ value }) => asKubernetesObject(value))
}

/** What names no namespace lies in that of the Kustomization. */
function inNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { namespace, ...object.metadata } }
}

/** The example's Kustomizations have a source of a kind that another controller makes of the GitRepository. */
export function kustomizationFor({ kustomization }: Pick<FluxCase, 'kustomization'>): KubernetesObject {
  const spec = isJsonObject(kustomization.spec) ? kustomization.spec : {}
  const reference = { kind: 'GitRepository', name: 'flux-system' }
  return asKubernetesObject({ ...kustomization, spec: { ...spec, sourceRef: reference } })
}

export function gitRepositoryFor({
  gitRepository,
  kustomization,
}: Pick<FluxCase, 'gitRepository' | 'kustomization'>): KubernetesObject {
  const spec = isJsonObject(gitRepository?.spec) ? gitRepository.spec : {}
  const { namespace = 'flux-system' } = kustomization.metadata
  return asKubernetesObject({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'flux-system', namespace },
    spec: { url: 'https://git.example.com/fleet.git', ref: { branch: 'main' }, interval: '1m', ...spec },
  })
}

/** As the cases' README says to compare: without empty maps, empty lists and nulls. */
export function compact(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => compact(item)).filter((item) => !isEmpty(item))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, compact(item)] as const)
      .filter(([, item]) => !isEmpty(item)),
  )
}

function isEmpty(value: Json): boolean {
  if (value === null) return true
  if (Array.isArray(value)) return value.length === 0
  return isJsonObject(value) && Object.keys(value).length === 0
}

/** In the order of the cases: by apiVersion, kind, namespace and name. */
export function inCaseOrder(objects: readonly { readonly action: string; readonly object: JsonObject }[]) {
  const keyOf = ({ object }: { readonly object: JsonObject }): string => {
    const metadata = isJsonObject(object.metadata) ? object.metadata : {}
    return [object.apiVersion, object.kind, metadata.namespace ?? '', metadata.name].map(String).join('\u0000')
  }
  return objects.toSorted((one, two) => (keyOf(one) < keyOf(two) ? -1 : 1))
}
