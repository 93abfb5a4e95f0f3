import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Errors } from 'isomorphic-git'
import { DEFAULT_GIT_LIMITS } from '../../src/git/limits.ts'
import { createHttpRemote } from '../../src/git/transport/http-remote.ts'
import { isRefusedAnswer } from '../../src/git/transport/list-server-refs.ts'
import { packetLine } from '../../src/git/transport/pkt-line.ts'
import type { RefList } from '../../src/git/transport/remote.ts'
import { CodedError } from '../../src/model/failure.ts'
import fc from '../fast-check.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type GitServer, startGitServer } from '../servers/git-http-backend.ts'
import { repositorySpec } from './working-repository.ts'

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40))
const SERVICE = `${packetLine('# service=git-upload-pack')}0000`
const ADVERTISEMENT_2 = packets('version 2', 'ls-refs=unborn', 'fetch=shallow', 'object-format=sha1')

let folder: AsyncDisposable & { readonly path: string }
let server: GitServer
before(async () => {
  folder = await temporaryFolder('git')
  server = await startGitServer({ root: folder.path })
})
after(async () => {
  await server.close()
  await folder[Symbol.asyncDispose]()
})

function packets(...lines: readonly string[]): string {
  return `${lines.map(packetLine).join('')}0000`
}

async function list(
  greeting: string | Uint8Array,
  result: string | Uint8Array = '',
  others: readonly string[] = [],
): Promise<RefList> {
  server.behave({ type: 'say', greeting, result })
  const remote = createHttpRemote(repositorySpec(`${server.url}/r`), { ...DEFAULT_GIT_LIMITS, refs: 20 })
  try {
    return await remote.listRefs(others, AbortSignal.timeout(30_000))
  } finally {
    await remote.close()
  }
}

describe('what a server lists', () => {
  test('has the default branch, a HEAD that is detached, and the commits of annotated tags', async () => {
    const tags = [`${B} refs/tags/v1 peeled:${A}`, `${A} refs/tags/v2`]
    const expected = [
      ['refs/tags/v1', { id: B, peeled: A }],
      ['refs/tags/v2', { id: A }],
    ]
    for (const greeting of [ADVERTISEMENT_2, `${SERVICE}${ADVERTISEMENT_2}`]) {
      const symbolic = await list(
        greeting,
        packets(`${A} HEAD symref-target:refs/heads/x`, `${A} refs/heads/x`, ...tags),
      )
      assert.equal(symbolic.headTarget, 'refs/heads/x')
      assert.deepEqual([...symbolic.refs].slice(2), expected)
      const detached = await list(greeting, packets(`${A} HEAD`, ...tags))
      assert.deepEqual({ ...detached, refs: [...detached.refs] }, { refs: [['HEAD', { id: A }], ...expected] })
    }
    const old = packets(`${A} HEAD\0symref=HEAD:refs/heads/x agent=x`, `${A} refs/heads/x`, `${B} refs/tags/v1`)
    const { headTarget, refs } = await list(`${SERVICE}${old.slice(0, -4)}${packets(`${A} refs/tags/v1^{}`)}`)
    assert.equal(headTarget, 'refs/heads/x')
    assert.deepEqual(refs.get('refs/tags/v1'), { id: B, peeled: A })
  })

  test('is empty for a branch without a commit, whichever way the server says it', async () => {
    for (const [greeting, result] of [
      [ADVERTISEMENT_2, '0000'],
      [`${SERVICE}0000`, ''],
      [`${SERVICE}${packets(`${'0'.repeat(40)} capabilities^{}\0side-band-64k`)}`, ''],
    ] as const)
      assert.deepEqual(await list(greeting, result), { refs: new Map() })
  })

  test('is branches, tags and what was asked for, though an old server lists everything', async () => {
    const lines = [`${A} HEAD\0agent=x`, `${A} refs/changes/1`, `${B} refs/pull/1/head`, `${C} refs/pull/1/merge`]
    const greeting = `${SERVICE}${packets(...lines, `shallow ${A}`)}`
    assert.deepEqual([...(await list(greeting)).refs.keys()], ['HEAD'])
    const { refs } = await list(greeting, '', ['refs/pull/1/head'])
    assert.deepEqual([...refs.keys()], ['HEAD', 'refs/pull/1/head'])
  })
})

const many = Array.from({ length: 30 }, (_, index) => `${A} refs/heads/${index}`)
const old = (...lines: readonly string[]) => `${SERVICE}${packets(`${A} HEAD\0agent=x`, ...lines)}`

const REFUSED: Readonly<Record<string, readonly [code: string, greeting: string, result?: string]>> = {
  'ends between two refs': ['GDE_GIT_PROTOCOL', ADVERTISEMENT_2, packetLine(`${A} refs/heads/main`)],
  'ends in the middle of a ref': ['GDE_GIT_PROTOCOL', ADVERTISEMENT_2, packets(`${A} refs/heads/main`).slice(0, -9)],
  'ends in its greeting': ['GDE_GIT_PROTOCOL', ADVERTISEMENT_2.slice(0, -4)],
  'says nothing': ['GDE_GIT_PROTOCOL', ''],
  'has bytes that are no packet': ['GDE_GIT_PROTOCOL', ADVERTISEMENT_2, `${packetLine(`${A} HEAD`)}zzzz0000`],
  'names no service': ['GDE_GIT_PROTOCOL', packets(`${A} HEAD\0agent=x`)],
  'reports an error': ['GDE_GIT_PROTOCOL', ADVERTISEMENT_2, packets('ERR the disk is gone')],
  'reports an error at once': ['GDE_GIT_PROTOCOL', `${SERVICE}${packets('ERR no such repository')}`],
  'has a ref without an object ID': ['GDE_GIT_PROTOCOL', ADVERTISEMENT_2, packets('main refs/heads/main')],
  'has a ref without a name': ['GDE_GIT_PROTOCOL', ADVERTISEMENT_2, packets(`${A}`)],
  'has a ref of three words': ['GDE_GIT_PROTOCOL', old(`${A} refs/heads/a b`)],
  'has a symbolic ref without a target': ['GDE_GIT_PROTOCOL', `${SERVICE}${packets(`${A} HEAD\0symref=HEAD`)}`],
  'has a peeled tag without its tag': ['GDE_GIT_PROTOCOL', old(`${A} refs/tags/v1^{}`)],
  'has more refs than the limit': ['GDE_TOO_LARGE', ADVERTISEMENT_2, packets(...many)],
  'has more refs than the limit, in the old protocol': ['GDE_TOO_LARGE', old(...many)],
  'names objects by SHA-256': ['GDE_GIT_UNSUPPORTED', packets('version 2', 'object-format=sha256')],
  'names objects by SHA-256, in the old protocol': [
    'GDE_GIT_UNSUPPORTED',
    `${SERVICE}${packets(`${A} HEAD\0object-format=sha256`)}`,
  ],
}

for (const [name, [code, greeting, result]] of Object.entries(REFUSED))
  test(`a list that ${name} is ${code}`, () => assert.rejects(list(greeting, result), { name: code }))

test('what a program does wrong is not called the server’s fault', () => {
  assert.equal(isRefusedAnswer(new Errors.ParseError('a ref', 'nothing')), true)
  assert.equal(isRefusedAnswer(new TypeError('undefined is not a function')), false)
})

test('a list of any words is refs with object IDs, or a coded error', async () => {
  const words = [`${A}`, `${A} HEAD`, 'refs/heads/a', 'refs/tags/a', 'refs/tags/a^{}', '__proto__', 'shallow', 'unborn']
  const more = ['', '\0', 'symref=HEAD:', 'symref=', 'symref-target:', `peeled:${B}`, 'peeled:', 'version 2', '0000']
  const line = fc.array(fc.constantFrom(...words, ...more), { maxLength: 4 }).map((some) => some.join(' '))
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.boolean(), async (lines, isOld) => {
      const listed = isOld ? list(`${SERVICE}${packets(...lines)}`) : list(ADVERTISEMENT_2, packets(...lines))
      try {
        for (const { id, peeled = A } of (await listed).refs.values()) assert.match(`${id}${peeled}`, /^[0-9a-f]{80}$/)
      } catch (error) {
        assert.ok(error instanceof CodedError)
        assert.equal(error.failure.code, 'GDE_GIT_PROTOCOL')
      }
    }),
    { numRuns: 300 },
  )
})
