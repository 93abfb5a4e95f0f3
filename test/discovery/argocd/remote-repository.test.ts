import assert from 'node:assert/strict'
import { test } from 'node:test'
import { remoteRepository } from '../../../src/discovery/argocd/repositories/remote-repository.ts'
import { CodedError } from '../../../src/model/failure.ts'
import type { Json } from '../../../src/model/json.ts'
import type { RemoteReference } from '../../../src/model/sources/remote-reference.ts'
import { contextOf } from './context.ts'

const OWNER = {
  controller: 'argocd',
  declaredIn: 'control',
  project: 'team',
  namespace: 'argocd',
  name: 'shop',
} as const
const CHART: RemoteReference = { type: 'oci', url: 'oci://registry.example.com/team/web', version: '1.x' }
const BASE: RemoteReference = { type: 'git', url: 'https://git.example.com/platform/base', revision: '' }

function decision(sourceRepos: Json, reference: RemoteReference): string {
  const project = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'team', namespace: 'argocd' },
    spec: { sourceRepos },
  }
  try {
    return remoteRepository(OWNER, reference, contextOf({ projects: [project] })).fetchUrl
  } catch (error) {
    if (error instanceof CodedError) return error.failure.code
    throw error
  }
}

test('what a file names is held to the project like a source', () => {
  assert.equal(decision(['*'], BASE), BASE.url)
  assert.equal(decision(['https://git.example.com/team/*'], BASE), 'GDE_NOT_PERMITTED')
  assert.equal(decision(['*', '!https://git.example.com/platform/*'], BASE), 'GDE_NOT_PERMITTED')
})

test('a chart of a registry goes by its own name, and by the registry that holds it, with a scheme and without', () => {
  for (const permitted of ['oci://registry.example.com/team', 'registry.example.com/team', CHART.url])
    assert.equal(decision([permitted], CHART), CHART.url, permitted)
  assert.equal(decision(['registry.example.com/other'], CHART), 'GDE_NOT_PERMITTED')
})

test('what is denied by one of its names is not permitted by another', () => {
  for (const denied of [
    '!oci://registry.example.com/team/*',
    '!registry.example.com/team',
    '!registry.example.com/team/web',
  ])
    assert.equal(decision(['*', denied], CHART), 'GDE_NOT_PERMITTED', denied)
})
