import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import {
  isDestinationPermitted,
  isSourcePermitted,
  readProject,
} from '../../../src/discovery/argocd/projects/project.ts'
import { parseJson } from '../../../src/kubernetes/serialization/json.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { normalizeGitUrl } from '../../../src/model/sources/repository-key.ts'
import { list, object } from '../applicationset/case.ts'

const questions = await (async (): Promise<readonly JsonObject[]> => {
  const compressed = await readFile(join(import.meta.dirname, 'golden/appproject-3.5.7.jsonl.gz'))
  const lines = gunzipSync(compressed).toString('utf8').trim().split('\n')
  return lines.map((line) => object(parseJson(line)))
})()

function asked(kind: 'sourceRepos' | 'destinations' | 'sourceNamespaces'): readonly JsonObject[] {
  const found = questions.filter((question) => kind in question)
  assert.ok(found.length >= 600)
  return found
}

/** Those that are answered otherwise than by Argo CD. */
function wrong(of: readonly JsonObject[], answer: (question: JsonObject) => boolean): readonly JsonObject[] {
  return of.filter((question) => answer(question) !== question.permitted)
}

test('source repositories are permitted as Argo CD permits them', () => {
  const answer = (question: JsonObject) =>
    isSourcePermitted(readProject({ spec: question }), normalizeGitUrl(String(question.url)))
  assert.deepEqual(wrong(asked('sourceRepos'), answer), [])
})

test('repository URLs are compared as Argo CD compares them', () => {
  const differing = asked('sourceRepos').filter(({ url, normalized }) => normalizeGitUrl(String(url)) !== normalized)
  assert.deepEqual(differing, [])
})

test('destinations are permitted as Argo CD permits them', () => {
  const answer = (question: JsonObject): boolean => {
    const [server, name, namespace] = [String(question.server), String(question.name), String(question.namespace)]
    const scoped = list(question.scoped).map((one) => ({ name: String(one.name), server: String(one.server) }))
    return isDestinationPermitted(readProject({ spec: question }), { server, name, namespace }, scoped)
  }
  assert.deepEqual(wrong(asked('destinations'), answer), [])
})

test('a project that cannot be understood names the field', () => {
  assert.throws(
    () => readProject({ spec: { destinations: [{ server: 1 }] } }),
    /spec\.destinations\[0\]\.server is not a text/,
  )
  assert.throws(() => readProject({ spec: { sourceRepos: '*' } }), /spec\.sourceRepos is not a list/)
})
