import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { asKubernetesObject } from '../../../src/kubernetes/object.ts'
import { parseJson } from '../../../src/kubernetes/serialization/json.ts'
import { CodedError } from '../../../src/model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'
import type { Sandbox } from '../../../src/model/sources/sandbox.ts'
import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import { testModule } from '../../sandbox/test-sandbox.ts'
import { type RepositoryFile, type TestRepository, testRepository } from '../test-repository.ts'
import { assertRendered, type FluxCaseInput, renderCase } from './render-case.ts'

/** Random trees and Kustomizations with what Flux's own code makes of them; see generated/README.md. */
const packed = await readFile(join(import.meta.dirname, 'generated/cases.json.gz'))
const cases = listOf(parseJson(gunzipSync(packed).toString('utf8')))

let sandbox: Sandbox
let repository: TestRepository
let written: readonly string[] = []
before(async () => {
  sandbox = createSandbox(await testModule())
  repository = await testRepository()
})
after(() => repository.remove())

/** Commits these files and no others. */
async function commit(files: JsonObject) {
  const gone = written.filter((name) => !Object.hasOwn(files, name)).map((name) => [name, undefined] as const)
  const given = Object.entries(files).map(([name, file]) => [name, asFile(file)] as const)
  written = Object.keys(files)
  return repository.commit(Object.fromEntries([...gone, ...given]))
}

for (const one of cases) {
  test(`generated ${String(one.seed)}`, async () => {
    const { files, spec, ignore, references, strict, error, objects } = one
    assert.ok(isJsonObject(files))
    const input: FluxCaseInput = {
      kustomization: asKubernetesObject({
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name: 'shop', namespace: 'flux-system' },
        spec: spec ?? null,
      }),
      gitRepository: asKubernetesObject({
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { name: 'flux-system', namespace: 'flux-system' },
        spec: ignore === undefined ? {} : { ignore },
      }),
      references: listOf(references).map((reference) => asKubernetesObject(reference)),
      strict: strict === true,
    }
    const tree = await commit(files)
    if (error === undefined) assertRendered(renderCase(input, tree, sandbox).rendering, listOf(objects))
    else assert.throws(() => renderCase(input, tree, sandbox), CodedError, String(error))
  })
}

function asFile(file: Json): RepositoryFile {
  if (typeof file === 'string') return file
  assert.ok(isJsonObject(file) && typeof file.symlink === 'string')
  return { symlink: file.symlink }
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  assert.ok(Array.isArray(value))
  return value.filter(isJsonObject)
}
