import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { MatchExpressions } from '../../../src/discovery/argocd/expression-answers.ts'
import { createNamespacePatterns, type NamespaceMatch } from '../../../src/discovery/argocd/namespace-patterns.ts'
import { readProject } from '../../../src/discovery/argocd/projects/project.ts'
import { parseJson } from '../../../src/kubernetes/serialization/json.ts'
import { CodedError } from '../../../src/model/failure.ts'
import type { Sandbox } from '../../../src/model/sources/sandbox.ts'
import { createSandbox } from '../../../src/sandbox/sandbox.ts'
import { matchExpressions } from '../../../src/threads/pool/match-expressions.ts'
import fc from '../../fast-check.ts'
import { testModule } from '../../sandbox/test-sandbox.ts'
import { object } from '../applicationset/case.ts'

let sandbox: Sandbox
before(async () => {
  sandbox = createSandbox(await testModule())
})

/** Asks, and asks again when the answer has come. */
async function answerOf(
  patterns: readonly string[],
  namespace: string,
  match: MatchExpressions = async (request) => matchExpressions(sandbox, request),
): Promise<NamespaceMatch> {
  const answered = Promise.withResolvers<void>()
  const namespaces = createNamespacePatterns(
    { matchExpressions: match, onChange: () => answered.resolve() },
    new AbortController().signal,
  )
  const first = namespaces.match(patterns, namespace)
  if (first.type !== 'pending') return first
  assert.ok(namespaces.isPending)
  await answered.promise
  return namespaces.match(patterns, namespace)
}

test('namespaces of Applications are permitted as Argo CD permits them', async () => {
  const compressed = await readFile(join(import.meta.dirname, 'golden/appproject-3.5.7.jsonl.gz'))
  const lines = gunzipSync(compressed).toString('utf8').trim().split('\n')
  const questions = lines.map((line) => object(parseJson(line))).filter((question) => 'sourceNamespaces' in question)
  assert.ok(questions.length >= 600)
  for (const question of questions) {
    const namespace = String(question.namespace)
    // Argo CD's own namespace is asked for nowhere.
    if (namespace === 'argocd' || namespace === '') continue
    const { type } = await answerOf(readProject({ spec: question }).sourceNamespaces, namespace)
    assert.equal(type === 'match', question.permitted, JSON.stringify(question))
  }
})

test('what RE2 is trusted with means the same in the library of Argo CD', async () => {
  const asked: string[] = []
  const pieces = [
    'a',
    'b',
    '-',
    '1',
    '.',
    '.*',
    'a+',
    'b?',
    '(a|b)',
    '(?:ab)*',
    '[a-b1]',
    '[^a-]',
    '^',
    '$',
    '\\d',
    '\\w',
    '\\.',
    '\\-',
    '|',
    '*',
    ')',
    '(',
    '+?',
  ]
  const expression = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
  const namespace = fc.array(fc.constantFrom('a', 'b', '-', '1'), { maxLength: 8 }).map((parts) => parts.join(''))
  await fc.assert(
    fc.asyncProperty(expression, namespace, async (text, name) => {
      const { type } = await answerOf([`/${text}/`], name, async (request, signal) => {
        asked.push(text)
        signal.throwIfAborted()
        return matchExpressions(sandbox, request)
      })
      const [expected] = matchExpressions(sandbox, { expressions: [text], texts: [name] }).matches
      assert.equal(type === 'match', expected)
    }),
    { numRuns: 500 },
  )
  assert.ok(asked.length < 400, 'most are matched at once')
})

test('what RE2 cannot express is matched by that library', async () => {
  assert.deepEqual(await answerOf(['/^(?!kube-).*$/'], 'team-a'), { type: 'match' })
  assert.deepEqual(await answerOf(['/^(?!kube-).*$/'], 'kube-system'), { type: 'mismatch' })
  assert.deepEqual(await answerOf(['/^(\\w)\\1$/'], 'aa'), { type: 'match' })
  assert.deepEqual(await answerOf(['/^[[:alpha:]]+$/'], 'abc'), { type: 'mismatch' }, 'no class of POSIX there')
})

test('what cannot be parsed permits nothing, is told, and hides no other pattern', async () => {
  const broken = await answerOf(['/(?<a/'], 'team-a')
  assert.ok(broken.type === 'failed' && broken.failure.code === 'GDE_ARGOCD_INVALID')
  assert.deepEqual(await answerOf(['/(?<a/', 'team-*'], 'team-a'), { type: 'match' })
  assert.deepEqual(await answerOf(['/(?<a/', '/^(?=team).*/'], 'team-a'), { type: 'match' })
})

test('a list that takes too long is asked once, and no other list suffers', async () => {
  const changed: (() => void)[] = []
  const asked: (readonly string[])[] = []
  const namespaces = createNamespacePatterns(
    {
      matchExpressions: async ({ expressions, texts }) => {
        asked.push(expressions)
        if (expressions.includes('(?=slow)')) throw new CodedError('GDE_TIMEOUT', 'matching took longer than 2 s')
        return { matches: texts.map(() => true), errors: [] }
      },
      onChange: () => changed.shift()?.(),
    },
    new AbortController().signal,
  )
  const answers = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) await new Promise<void>((resolve) => changed.push(resolve))
  }
  assert.equal(namespaces.match(['/(?=slow)/'], 'a').type, 'pending')
  assert.equal(namespaces.match(['/(?=fast)/'], 'a').type, 'pending')
  await answers(2)
  for (const namespace of ['a', 'b']) {
    const slow = namespaces.match(['/(?=slow)/'], namespace)
    assert.ok(slow.type === 'failed' && slow.failure.code === 'GDE_TIMEOUT')
  }
  assert.equal(namespaces.match(['/(?=fast)/'], 'a').type, 'match')
  assert.equal(namespaces.isPending, false)
  assert.deepEqual(asked, [['(?=slow)'], ['(?=fast)']])
})

test('what nobody asks for any more is forgotten, and what is asked for in each turn is not', async () => {
  let answered = 0
  const changed: (() => void)[] = []
  const namespaces = createNamespacePatterns(
    {
      matchExpressions: async ({ texts }) => {
        answered += texts.length
        return { matches: texts.map(() => true), errors: [] }
      },
      onChange: () => changed.shift()?.(),
    },
    new AbortController().signal,
  )
  const patterns = ['/^(?=team)/']
  const ask = async (names: readonly string[]): Promise<void> => {
    const types = names.map((name) => namespaces.match(patterns, name).type)
    if (types.includes('pending')) await new Promise<void>((resolve) => changed.push(resolve))
  }
  // More than any cache of a fixed size would hold.
  const many = Array.from({ length: 20_000 }, (_, index) => `team-${index}`)
  await ask(['once', ...many])
  for (let turn = 0; turn < 20; turn += 1) {
    namespaces.beginTurn()
    await ask(many)
  }
  assert.equal(answered, many.length + 1)
  await ask(['once'])
  assert.equal(answered, many.length + 2)
})
