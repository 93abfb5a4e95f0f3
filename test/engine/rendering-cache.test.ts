import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PackedOutcome, packRendering } from '../../src/engine/desired/packed-rendering.ts'
import { createRenderingCache } from '../../src/engine/desired/rendering-cache.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { CodedError } from '../../src/model/failure.ts'
import type { RemoteNeed } from '../../src/model/sources/remote-reference.ts'
import type { Rendering, RenderRequest } from '../../src/model/sources/rendering.ts'

interface Options {
  readonly rendering?: Partial<Rendering>
  readonly failure?: ErrorCode
  /** What every request without remotes needs. */
  readonly needs?: readonly RemoteNeed[]
  /** Trees between which nothing that was read differs. */
  readonly alike?: readonly string[]
}

function cacheOf({ rendering, failure, needs, alike = [] }: Options = {}) {
  const rendered: RenderRequest[] = []
  let now = 0
  const cache = createRenderingCache({
    renderer: {
      async render(request): Promise<PackedOutcome> {
        rendered.push(request)
        await new Promise((resolve) => setImmediate(resolve))
        if (failure !== undefined) throw new CodedError(failure, 'it fails', { app: request.app })
        if (needs !== undefined && request.remotes === undefined) return { needs }
        return packRendering({ objects: [], dependencies: [], usedDestination: false, warnings: [], ...rendering })
      },
    },
    unchanged: async (trees) => trees.every(({ tree }) => alike.includes(tree)),
    now: () => now,
    signal: new AbortController().signal,
  })
  return {
    get: cache.get,
    count: () => rendered.length,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

interface RequestWish {
  readonly app?: string
  readonly tree?: string
  readonly commit?: string
  readonly path?: string
  readonly kubeVersion?: string
}

function request(wish: RequestWish = {}): RenderRequest {
  const { app = 'shop', tree = 'tree', commit = `commit of ${tree}`, path = 'shop', kubeVersion = 'v1.36.0' } = wish
  return {
    app,
    destination: { kubeVersion, apiVersions: ['v1'] },
    sources: [
      {
        tree: { gitDirectory: '/git', commit, tree },
        path,
        targetRevision: 'main',
        url: 'https://git.example.com/a.git',
        options: { tool: 'argocd', directory: {}, kustomize: {}, helm: {}, appName: 'shop', namespace: 'shop' },
      },
    ],
  }
}

test('what is asked for by several at once is rendered once', async () => {
  const cache = cacheOf()
  const [one, two] = await Promise.all([cache.get(request()), cache.get(request({ app: 'other' }))])
  assert.equal(one, two)
  assert.equal(await cache.get(request()), one)
  assert.equal(cache.count(), 1)
})

test('other options are another rendering', async () => {
  const cache = cacheOf()
  await cache.get(request())
  await cache.get(request({ path: 'elsewhere' }))
  assert.equal(cache.count(), 2)
})

test('a new commit renders anew only when something that was read changed', async () => {
  const cache = cacheOf({ alike: ['tree', 'tree of a commit elsewhere'] })
  const one = await cache.get(request())
  assert.equal(await cache.get(request({ tree: 'tree of a commit elsewhere' })), one)
  assert.equal(cache.count(), 1)
  assert.notEqual(await cache.get(request({ tree: 'tree of a commit that matters' })), one)
  assert.equal(cache.count(), 2)
})

test('a rendering that knows its commit is rendered anew at each', async () => {
  const cache = cacheOf({ rendering: { usedCommit: true }, alike: ['tree', 'next'] })
  await cache.get(request())
  await cache.get(request({ tree: 'next' }))
  assert.equal(cache.count(), 2)
  await cache.get(request({ tree: 'next', commit: 'one that changes no file' }))
  assert.equal(cache.count(), 3)
  await cache.get(request({ tree: 'next', commit: 'one that changes no file' }))
  assert.equal(cache.count(), 3)
})

test('clusters share what did not look at the cluster', async () => {
  const blind = cacheOf()
  await Promise.all([blind.get(request()), blind.get(request({ kubeVersion: 'v1.30.0' }))])
  assert.equal(blind.count(), 1)
  const seeing = cacheOf({ rendering: { usedDestination: true } })
  await Promise.all([seeing.get(request()), seeing.get(request({ kubeVersion: 'v1.30.0' }))])
  await seeing.get(request())
  assert.equal(seeing.count(), 2)
})

test('what fails by its content is not tried again until that changes, and names the app that asked', async () => {
  const cache = cacheOf({ failure: 'GDE_RENDER_HELM' })
  await assert.rejects(cache.get(request()), { name: 'GDE_RENDER_HELM' })
  await assert.rejects(cache.get(request({ app: 'other' })), (thrown) => {
    assert.ok(thrown instanceof CodedError)
    assert.equal(thrown.failure.app, 'other')
    return true
  })
  assert.equal(cache.count(), 1)
  await assert.rejects(cache.get(request({ tree: 'next' })))
  assert.equal(cache.count(), 2)
})

test('what used up its time is tried again after a while, what failed by chance at once', async () => {
  const costly = cacheOf({ failure: 'GDE_TIMEOUT' })
  await assert.rejects(costly.get(request()))
  await assert.rejects(costly.get(request()))
  assert.equal(costly.count(), 1)
  costly.pass(300_000)
  await assert.rejects(costly.get(request()))
  assert.equal(costly.count(), 2)
  const unlucky = cacheOf({ failure: 'GDE_ABORTED' })
  await assert.rejects(unlucky.get(request()))
  await assert.rejects(unlucky.get(request()))
  assert.equal(unlucky.count(), 2)
})

test('what is needed is remembered for the same trees, and with it a rendering is another one', async () => {
  const need: RemoteNeed = { type: 'git', url: 'https://git.example.com/b.git', revision: 'v1', file: 'a.yaml' }
  const cache = cacheOf({ needs: [need], alike: ['one', 'remote', 'changed'], rendering: { dependencies: [] } })
  assert.deepEqual(await cache.get(request({ tree: 'one' })), { needs: [need] })
  assert.deepEqual(await cache.get(request({ tree: 'one' })), { needs: [need] })
  assert.equal(cache.count(), 1)
  await cache.get(request({ tree: 'other' }))
  assert.equal(cache.count(), 2)
  const withTree = (tree: string): RenderRequest => ({
    ...request({ tree: 'one' }),
    remotes: [{ reference: need, tree: { gitDirectory: '/git', commit: tree, tree } }],
  })
  assert.ok('objects' in (await cache.get(withTree('remote'))))
  assert.ok('objects' in (await cache.get(withTree('changed'))))
  assert.equal(cache.count(), 3, 'nothing that was read differs in the changed one')
  await cache.get(withTree('unlike'))
  assert.equal(cache.count(), 4)
})
