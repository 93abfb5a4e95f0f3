import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parseJson } from '../../src/kubernetes/serialization/json.ts'
import type { Encrypted } from '../../src/model/encrypted.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { Sandbox, SandboxFiles } from '../../src/model/sources/sandbox.ts'
import type { DeclaredChart, DeclaredRelease } from '../../src/model/sources/stored-release.ts'
import { compareRelease } from '../../src/render/release/compare-release.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import { testModule } from '../sandbox/test-sandbox.ts'

// What helm-controller compares before it upgrades (internal/reconcile/state.go, DetermineReleaseState).

const NO_FILES: SandboxFiles = { list: () => undefined, read: () => undefined, resolve: () => undefined }
const PATHS = { namePath: '/spec/chart/spec/chart', versionPath: '/spec/chart/spec/version' }

let sandbox: Sandbox
before(async () => {
  sandbox = createSandbox(await testModule())
})

interface Input {
  readonly chart?: Partial<DeclaredChart>
  /** Instead of a chart of a HelmRepository. */
  readonly ofOci?: Pick<DeclaredChart, 'digest' | 'version'>
  readonly installed?: string
  readonly config?: JsonObject
  readonly declared?: Partial<DeclaredRelease>
  /** Fields of the release in Helm's storage. */
  readonly stored?: JsonObject
}

function compare({ chart, ofOci, installed = '1.0.0', config = {}, declared, stored }: Input) {
  const release = { chart: { metadata: { name: 'web', version: installed } }, config, manifest: '', ...stored }
  const storage = gzipSync(JSON.stringify(release)).toString('base64') as Encrypted
  const all: DeclaredRelease = {
    name: 'web',
    namespace: 'shop',
    chart:
      ofOci === undefined
        ? { name: 'web', version: '1.0.0', ignoreMetadata: false, ...PATHS, ...chart }
        : { ...PATHS, ignoreMetadata: true, ...ofOci },
    values: {},
    valuesFrom: [],
    newest: { version: 3, status: 'deployed' },
    changed: [],
    undetermined: [],
    ...declared,
  }
  return compareRelease(
    all,
    { namespace: 'shop', release: 'web', storage },
    {
      decrypt: (text) => text,
      call: (fn, input) =>
        parseJson(Buffer.from(sandbox.call(fn, input, NO_FILES, { seed: 1, time: 0 }).output).toString('utf8')),
    },
  )
}

const told = (input: Input): readonly string[] =>
  compare(input).differences.map(
    ({ path, class: kind, desired, live, redacted }) =>
      `${path} ${redacted === true ? kind : `${JSON.stringify(desired)} → ${JSON.stringify(live)}`}`,
  )

test('what was installed as declared differs in nothing', () => {
  const values = { replicas: 3, image: { tag: 'v1' }, list: [1, 'a', null] }
  assert.deepEqual(told({ config: values, declared: { values } }), [])
  assert.deepEqual(compare({}).warnings, [])
})

test('another version or another chart was never installed', () => {
  assert.deepEqual(told({ chart: { version: '2.0.0' } }), ['/spec/chart/spec/version "2.0.0" → "1.0.0"'])
  assert.deepEqual(told({ chart: { name: 'api' } }), ['/spec/chart/spec/chart "api" → "web"'])
  assert.equal(compare({ chart: { version: '2.0.0' } }).cause, 'git')
})

test('a range is met by what lies inside it, and that the newest is not known is told', async (t) => {
  const cases = [
    ['*', '1.0.0', true],
    ['^1.0', '1.4.2', true],
    ['1.x', '2.0.0', false],
    ['>=1.0.0-0', '1.0.0-rc.1', true],
    ['>=1.0.0', '2.0.0-rc.1', false],
  ] as const
  for (const [version, installed, isMet] of cases)
    await t.test(`${version} ${installed}`, () => {
      const found = compare({ chart: { version }, installed })
      assert.equal(found.differences.length, isMet ? 0 : 1)
      assert.deepEqual(
        found.warnings.map(({ code }) => code),
        isMet ? ['GDE_CHART_NEWEST_UNKNOWN'] : [],
      )
    })
})

test('what stands behind the plus sign counts where it is the chart’s own', () => {
  assert.deepEqual(told({ chart: { version: 'v1.0.0+up2' }, installed: '1.0.0+up2' }), [])
  assert.equal(told({ chart: { version: '1.0.0+up2' }, installed: '1.0.0+up1' }).length, 1)
  assert.deepEqual(told({ chart: { version: '1.0.0' }, installed: '1.0.0+up1' }), [])
  const ignoreMetadata = true
  assert.deepEqual(told({ chart: { version: '1.0.0', ignoreMetadata }, installed: '1.0.0+3f2a1b4c5d6e' }), [])
})

test('a declared digest is compared with the one that was recorded, where one was', () => {
  const digest = 'sha256:3f2a1b4c5d6e7f80'
  const ofOci = { digest }
  assert.deepEqual(told({ ofOci, installed: '1.0.0+3f2a1b4c5d6e' }), [])
  assert.equal(told({ ofOci, installed: '1.0.0+000000000000' }).length, 1)
  assert.deepEqual(told({ ofOci, installed: '1.0.0' }), [])
})

test('values are compared with those that the release was installed with, and never told', () => {
  const config = { replicas: 1, image: { tag: 'v1', pull: 'Always' }, old: true }
  const values = { replicas: 2, image: { tag: 'v1' }, 'a/b': 'x' }
  const differences = told({ config, declared: { values } })
  assert.deepEqual(differences, [
    '/spec/values/a~1b missing',
    '/spec/values/image/pull removed',
    '/spec/values/old removed',
    '/spec/values/replicas changed',
  ])
  assert.doesNotMatch(JSON.stringify(compare({ config, declared: { values } })), /"v1"|"x"|Always/)
})

test('values of ConfigMaps and Secrets come before those of the release, as helm-controller merges them', () => {
  const from = (text: string, targetPath = '') => ({
    origin: 'Secret login',
    targetPath,
    literal: false,
    text: { encrypted: text as Encrypted },
  })
  const valuesFrom = [from('a: 1\nb: 1\n'), from('hunter2', 'auth.password')]
  const config = { a: 2, b: 1, auth: { password: 'hunter2' } }
  assert.deepEqual(told({ config, declared: { values: { a: 2 }, valuesFrom } }), [])
  const rotated = {
    config,
    declared: { values: { a: 2 }, valuesFrom: [valuesFrom[0] ?? from(''), from('other', 'auth.password')] },
  }
  assert.deepEqual(told(rotated), ['/spec/values/auth/password changed'])
  assert.doesNotMatch(JSON.stringify(compare(rotated)), /hunter2|other/)
})

test('integers are compared as numbers, and no values are the same as none', () => {
  assert.deepEqual(told({ config: { n: 3 }, declared: { values: { n: 3 } } }), [])
  const release = compare({ declared: { values: {} } })
  assert.deepEqual(release.differences, [])
})

test('a release that failed or hangs is not what is declared', () => {
  for (const status of ['failed', 'pending-upgrade', 'pending-install'])
    assert.deepEqual(told({ declared: { newest: { version: 4, status } } }), [
      `/status/history/0/status "deployed" → "${status}"`,
    ])
})

test('a revision that somebody else made is told, with the cluster as its cause', () => {
  const foreign = { observed: { version: 2, ociDigest: '' } }
  assert.deepEqual(told({ declared: foreign }), ['/status/history/0/version 2 → 3'])
  assert.equal(compare({ declared: foreign }).cause, 'live')
  assert.equal(compare({ declared: foreign, chart: { version: '2.0.0' } }).cause, 'both')
  assert.deepEqual(told({ declared: { observed: { version: 3, ociDigest: '' } } }), [])
})

test('what Helm stored is what the controller recorded, or it is told, with the cluster as its cause', async (t) => {
  const info = {
    first_deployed: '2026-11-01T10:00:00.5Z',
    deleted: '',
    description: 'Install <complete>',
    status: 'deployed',
  }
  const hook = { name: 'seed', kind: 'Job', events: ['pre-install'], last_run: { started_at: '', phase: 'Succeeded' } }
  const stored = {
    name: 'web',
    info,
    manifest: 'a: "&"\n',
    hooks: [{ ...hook, name: 'probe', events: ['test'] }, hook],
    version: 3,
    namespace: 'shop',
    apply_method: 'ssa',
  }
  // What `json.Encoder` makes of an observation (internal/release/observation.go), by hand: empty times and hooks of tests are left out.
  const observation = [
    '{"name":"web","version":3,"info":{"first_deployed":"2026-11-01T10:00:00.5Z","description":"Install \\u003ccomplete\\u003e","status":"deployed"}',
    '"chartMetadata":{"name":"web","version":"1.0.0"},"config":null,"manifest":"a: \\"\\u0026\\"\\n"',
    '"hooks":[{"name":"seed","kind":"Job","events":["pre-install"],"last_run":{"phase":"Succeeded"}}],"namespace":"shop"',
  ].join(',')
  const digestOf = (text: string, algorithm = 'sha256') =>
    `${algorithm}:${createHash(algorithm).update(`${text}\n`).digest('hex')}`
  const at = (digest: string, more: JsonObject = {}, ociDigest = '') =>
    compare({ stored: { ...stored, ...more }, declared: { observed: { version: 3, digest, ociDigest } } })
  const paths = (found: ReturnType<typeof at>) => found.differences.map(({ path }) => path)
  const plain = digestOf(`${observation}}`)
  await t.test('as it was recorded, in each algorithm', () => {
    for (const algorithm of ['sha256', 'sha384', 'sha512'])
      assert.deepEqual(paths(at(digestOf(`${observation}}`, algorithm))), [], algorithm)
    const ofOci = digestOf(`${observation},"ociDigest":"sha256:ab"}`)
    assert.deepEqual(paths(at(ofOci, {}, 'sha256:ab')), [])
  })
  await t.test('edited since', () => {
    for (const more of [
      { manifest: 'a: 1\n' },
      { hooks: [] },
      { config: { a: 1 } },
      { info: { ...info, status: 'failed' } },
    ]) {
      const found = at(plain, more)
      assert.ok(paths(found).includes('/status/history/0/digest'), JSON.stringify(more))
    }
    assert.equal(at(plain, { manifest: 'a: 1\n' }).cause, 'live')
    assert.deepEqual(paths(at('')), ['/status/history/0/digest'])
  })
  await t.test('a test that somebody ran is no edit', () => {
    const hooks = [{ ...hook, name: 'probe', events: ['test'], last_run: { phase: 'Failed' } }, hook]
    assert.deepEqual(paths(at(plain, { hooks })), [])
  })
  await t.test('of an algorithm that is not had here it is unknown', () => {
    const found = at('blake3:00')
    assert.deepEqual([paths(found), found.unknown?.code], [[], 'GDE_HELM_STORAGE'])
  })
})

test('post-renderers are told by the controller’s digest, and without one they are unknown', () => {
  assert.deepEqual(told({ declared: { changed: ['/spec/postRenderers'] } }), ['/spec/postRenderers changed'])
  const { differences, unknown } = compare({ declared: { undetermined: ['/spec/postRenderers'] } })
  assert.deepEqual(differences, [])
  assert.match(unknown?.message ?? '', /postRenderers/)
})

test('values that cannot be read are unknown, and are not compared', () => {
  const valuesFrom = { code: 'GDE_FLUX_CLUSTER_REFERENCE', message: 'Secret shop/login is not there' } as const
  const { differences, unknown } = compare({ config: { a: 1 }, declared: { valuesFrom } })
  assert.deepEqual(differences, [])
  assert.match(unknown?.message ?? '', /values were installed cannot be told: Secret shop\/login is not there/)
  assert.equal(told({ chart: { version: '2.0.0' }, declared: { valuesFrom } }).length, 1)
})
