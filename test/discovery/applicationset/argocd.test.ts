import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_APPLICATION_SET_SETTINGS } from '../../../src/discovery/argocd/applicationset/inputs.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { testRepository } from '../../render/test-repository.ts'
import { clusterSecretFacts, list, object } from './case.ts'
import { expand, requestFor } from './expanding.ts'
import { bare, goldenLines, sorted } from './golden-file.ts'

test('random ApplicationSets give what the code of Argo CD 3.5.7 gives', async (context) => {
  const [fixture, ...sets] = await goldenLines('argocd-3.5.7.jsonl.gz')
  assert.ok(fixture !== undefined && sets.length === 400)
  const repository = await testRepository()
  context.after(() => repository.remove())
  const tree = await repository.commit(Object.fromEntries(Object.entries(object(fixture.files)).map(repositoryFile)))
  const clusterSecrets = list(fixture.clusterSecrets).map(clusterSecretFacts)
  const differing: unknown[] = []
  for (const [index, one] of sets.entries()) {
    const settings = { ...DEFAULT_APPLICATION_SET_SETTINGS, newGitFileGlobbing: one.newGlobbing === true }
    const request = requestFor(object(one.applicationSet), { clusterSecrets, settings })
    const { applications, error } = await expand(request, tree)
    const actual = error === undefined ? sorted(applications.map(bare)) : 'an error'
    const expected = one.error === true ? 'an error' : sorted(list(one.applications))
    if (!isDeepStrictEqual(actual, expected)) differing.push({ index, actual, expected, error })
  }
  assert.deepEqual(differing, [])
})

test('what lies in the cluster after a reconciliation is what the controller of Argo CD 3.5.7 leaves there', async () => {
  const cases = await goldenLines('argocd-3.5.7-reconcile.jsonl.gz')
  const [fixture] = await goldenLines('argocd-3.5.7.jsonl.gz')
  assert.ok(fixture !== undefined && cases.length === 150)
  const clusterSecrets = list(fixture.clusterSecrets).map(clusterSecretFacts)
  const differing: unknown[] = []
  for (const [index, one] of cases.entries()) {
    const request = requestFor(object(one.applicationSet), {
      clusterSecrets,
      projects: ['default'],
      existing: list(one.existing),
    })
    const { applied = [] } = await expand(request)
    const actual = sorted(applied.map(bare).map(withoutOperation))
    const expected = sorted(list(one.applied))
    if (!isDeepStrictEqual(actual, expected)) differing.push({ index, actual, expected })
  }
  assert.deepEqual(differing, [])
})

function repositoryFile([path, content]: readonly [string, JsonObject[string]]): [
  string,
  string | { symlink: string },
] {
  return [path, typeof content === 'string' ? content : { symlink: String(object(content).symlink) }]
}

function withoutOperation({ operation, ...rest }: JsonObject): JsonObject {
  return rest
}
