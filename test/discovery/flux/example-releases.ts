import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readYamlDocuments } from '../../../src/kubernetes/serialization/yaml.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'

const CASES = join(import.meta.dirname, '../../render/flux/cases')
const KUSTOMIZATIONS = ['infra-controllers', 'infra-configs', 'apps'] as const

/** What kustomize-controller applies of flux2-kustomize-helm-example, by its own code. */
export async function appliedBy(
  cluster: string,
  name: (typeof KUSTOMIZATIONS)[number],
): Promise<readonly JsonObject[]> {
  const folder = name === 'apps' ? 'apps' : 'infrastructure'
  const file = join(CASES, `helm-example-${folder}`, `${cluster}-${name}`, 'expected.yaml')
  const expected: Json = readYamlDocuments(await readFile(file, 'utf8'))[0]?.value ?? null
  const entries = isJsonObject(expected) && Array.isArray(expected.objects) ? expected.objects : []
  return entries.flatMap((entry) => (isJsonObject(entry) && isJsonObject(entry.object) ? [entry.object] : []))
}

/** The values that a HelmRelease of the example declares: helm-controller installs with them. */
export async function declaredValues(cluster: string, name: string): Promise<JsonObject> {
  const applied = (await Promise.all(KUSTOMIZATIONS.map((one) => appliedBy(cluster, one)))).flat()
  const release = applied.find(
    ({ kind, metadata }) => kind === 'HelmRelease' && isJsonObject(metadata) && metadata.name === name,
  )
  assert.ok(release !== undefined && isJsonObject(release.spec), `${name} of ${cluster}`)
  return isJsonObject(release.spec.values) ? release.spec.values : {}
}
