import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { GeneratedApplications } from '../../../src/discovery/argocd/applicationset/generation.ts'
import { DEFAULT_APPLICATION_SET_SETTINGS } from '../../../src/discovery/argocd/applicationset/inputs.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { SourceTree } from '../../../src/model/sources/rendering.ts'
import { type TestRepository, testRepository } from '../../render/test-repository.ts'
import { type ApplicationSetCase, list, metadata, object, readCases, summary } from './case.ts'
import { expand, requestFor } from './expanding.ts'

const cases = await readCases()
const repositories: TestRepository[] = []
const trees = new Map<string, SourceTree>()

before(async () => {
  for (const folder of new Set(cases.map((one) => one.repository))) {
    if (folder === undefined) continue
    const repository = await testRepository()
    repositories.push(repository)
    await repository.copy(folder, '.')
    trees.set(folder, await repository.commit())
  }
})

after(async () => {
  for (const repository of repositories) await repository.remove()
})

for (const one of cases) {
  test(`${one.name}: the Applications that Argo CD generates`, async () => {
    const result = await expandCase(one)
    assert.deepEqual(byName(result.applications.map(summary)), byName(list(one.expected.applications)))
    assert.deepEqual(Object.keys(result.invalid).sort(), Object.keys(object(one.expected.invalid)).sort())
    assert.equal(result.error !== undefined, one.expected.error !== undefined, result.error?.message)
    assert.equal(result.warnings.length > 0, one.expected.warning !== undefined)
    if (one.expected.applied !== undefined)
      assert.deepEqual(byName((result.applied ?? []).map(summary)), byName(list(one.expected.applied)))
  })

  test(`${one.name}: what comes to nothing is explained`, async () => {
    const result = await expandCase(one)
    if (result.error !== undefined) assert.ok(result.problems.some(({ code }) => code === result.error?.code))
    for (const name of Object.keys(result.invalid))
      assert.ok(result.problems.some(({ app = '', code }) => app === name && code === 'GDE_APPSET_APPLICATION'))
  })
}

async function expandCase(one: ApplicationSetCase): Promise<GeneratedApplications> {
  const settings = { ...DEFAULT_APPLICATION_SET_SETTINGS, newGitFileGlobbing: one.newGlobbing }
  const request = requestFor(one.applicationSet, {
    clusterSecrets: one.clusterSecrets,
    settings,
    ...(one.projects !== undefined && { projects: one.projects }),
    ...(one.existing !== undefined && { existing: one.existing.map((live) => ownedBy(live, one.applicationSet)) }),
  })
  return expand(request, one.repository === undefined ? undefined : trees.get(one.repository))
}

/** The cases' live Applications were made by the set, and so say in a cluster. */
function ownedBy(live: JsonObject, set: JsonObject): JsonObject {
  const owner = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    name: metadata(set).name ?? '',
    uid: 'u',
    controller: true,
  }
  return { ...live, metadata: { ...metadata(live), ownerReferences: [owner] } }
}

/** As a set: two of one name may come in either order. */
function byName(applications: readonly JsonObject[]): readonly JsonObject[] {
  const key = (one: JsonObject): string => `${String(one.name)} ${JSON.stringify(one.spec)}`
  return applications.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
}
