import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type DeclaredApplication,
  readApplication,
} from '../../../src/discovery/argocd/applications/read-application.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'
import fc from '../../fast-check.ts'

const REPOSITORY = 'https://git.example.com/r.git'
const SOURCE = { repoURL: REPOSITORY, path: 'p' }

function read(spec: JsonObject): DeclaredApplication {
  return readApplication({ metadata: { name: 'a', namespace: 'argocd', labels: { team: 'x' } }, spec })
}

test('a plain Application', () => {
  const application = read({ project: '', source: SOURCE, destination: { name: 'prod', namespace: 'n' } })
  assert.deepEqual(
    [application.project, application.labels, application.destination, application.autoSync, application.problem],
    ['default', { team: 'x' }, { server: '', name: 'prod', namespace: 'n' }, false, undefined],
  )
  const [source] = application.sources
  assert.deepEqual([source?.url, source?.targetRevision, source?.path], [REPOSITORY, 'HEAD', 'p'])
  assert.equal(source?.options.tool === 'argocd' ? source.options.type : '', undefined)
})

test('a tool is chosen by being named, even with nothing in it', () => {
  for (const tool of ['kustomize', 'helm', 'directory']) {
    const options = read({ source: { ...SOURCE, [tool]: {} } }).sources[0]?.options
    assert.equal(options?.tool === 'argocd' ? options.type : undefined, tool)
  }
  assert.match(read({ source: { ...SOURCE, helm: {}, kustomize: {} } }).problem?.message ?? '', /several tools/)
})

test('options of the tools are read', () => {
  const kustomize = {
    namePrefix: 'x-',
    images: ['a=b:1'],
    replicas: [{ name: 'r', count: '2' }],
    patches: [{ patch: 'p', target: { kind: 'Deployment' }, options: { allowNameChange: true } }],
    forceCommonLabels: true,
  }
  const one = read({ source: { ...SOURCE, kustomize } }).sources[0]?.options
  assert.ok(one?.tool === 'argocd')
  assert.deepEqual(one.kustomize.replicas, [{ name: 'r', count: '2' }])
  assert.deepEqual(one.kustomize.patches, [
    { patch: 'p', target: { kind: 'Deployment' }, options: { allowNameChange: true } },
  ])
  assert.deepEqual([one.kustomize.namePrefix, one.kustomize.forceCommonLabels], ['x-', true])
  const helm = { values: 'a: 1', valuesObject: { b: null }, parameters: [{ name: 'p', value: '1', forceString: true }] }
  const two = read({ source: { ...SOURCE, helm } }).sources[0]?.options
  assert.ok(two?.tool === 'argocd')
  assert.deepEqual(two.helm.parameters, [{ name: 'p', value: '1', forceString: true }])
  assert.deepEqual([two.helm.values, two.helm.valuesObject], ['a: 1', { b: null }])
})

test('sources win over source, and a hydrator over both', () => {
  const sources = [
    { repoURL: REPOSITORY, ref: 'values' },
    { repoURL: 'https://u:pw@git.example.com/two', path: 'p' },
  ]
  const several = read({ source: SOURCE, sources })
  assert.deepEqual(
    several.sources.map(({ url, ref }) => [url, ref]),
    [
      [REPOSITORY, 'values'],
      ['https://git.example.com/two', undefined],
    ],
  )
  const sourceHydrator = {
    drySource: { repoURL: REPOSITORY, path: 'dry', targetRevision: 'main' },
    syncSource: { targetBranch: 'env/prod', path: 'wet' },
  }
  const [hydrated] = read({ sources, sourceHydrator }).sources
  assert.deepEqual([hydrated?.url, hydrated?.targetRevision, hydrated?.path], [REPOSITORY, 'env/prod', 'wet'])
})

test('automated sync that is disabled is none', () => {
  const automated = (value: JsonObject) => read({ source: SOURCE, syncPolicy: { automated: value } }).autoSync
  assert.deepEqual([automated({}), automated({ enabled: true }), automated({ enabled: false })], [true, true, false])
})

test('charts and artifacts are fetched from where Argo CD fetches them', () => {
  const kinds: readonly [JsonObject, string, string | undefined][] = [
    [
      { repoURL: 'https://charts.example.com', chart: 'c', targetRevision: '1.0.0' },
      'helm https://charts.example.com',
      'c',
    ],
    [{ repoURL: 'oci://registry.example.com/c', path: '.' }, 'oci oci://registry.example.com/c', undefined],
    // Of an artifact the path counts, whatever chart is named.
    [
      { repoURL: 'oci://registry.example.com/c', chart: 'x', targetRevision: '1' },
      'oci oci://registry.example.com/c',
      undefined,
    ],
    [
      { repoURL: 'registry.example.com/charts', chart: 'c', targetRevision: '*' },
      'oci oci://registry.example.com/charts/c',
      'c',
    ],
    [SOURCE, `undefined ${SOURCE.repoURL}`, undefined],
  ]
  for (const [source, expected, chart] of kinds) {
    const [read0] = read({ source }).sources
    const { fetched } = read0 ?? assert.fail('no source')
    assert.equal(`${fetched.type} ${'address' in fetched.url ? fetched.url.address : ''}`, expected)
    assert.equal(read0?.chart, chart)
  }
  assert.equal(read({ source: { ...SOURCE, plugin: {} } }).problem?.code, 'GDE_UNSUPPORTED_PLUGIN')
})

test('a field of another type is named', () => {
  const problems: readonly [JsonObject, RegExp][] = [
    [{}, /neither source nor sources/],
    [{ source: { path: 'p' } }, /spec\.source\.repoURL is missing/],
    [
      { source: { ...SOURCE, helm: { parameters: [{ name: 1 }] } } },
      /spec\.source\.helm\.parameters\[0\]\.name is not a text/,
    ],
    [{ sources: ['x'] }, /spec\.sources\[0\] is not an object/],
    [
      { source: SOURCE, ignoreDifferences: [{ jsonPointers: '/x' }] },
      /ignoreDifferences\[0\]\.jsonPointers is not a list/,
    ],
    [{ source: SOURCE, syncPolicy: { automated: { enabled: 'yes' } } }, /automated\.enabled is not true or false/],
  ]
  for (const [spec, expected] of problems) {
    const { problem } = read(spec)
    assert.equal(problem?.code, 'GDE_ARGOCD_INVALID')
    assert.match(problem?.message ?? '', expected)
    assert.equal(problem?.app, 'a')
  }
})

test('a source that leads nowhere is invalid, as for Argo CD', () => {
  const read = (spec: JsonObject) =>
    readApplication({ metadata: { name: 'a', namespace: 'argocd' }, spec: { destination: {}, ...spec } }).problem
  const repoURL = 'https://git.example.com/app.git'
  const invalid: readonly JsonObject[] = [
    { source: { repoURL } },
    { source: { repoURL, ref: 'values' } },
    { source: { repoURL, chart: 'web' } },
    { sources: [{ repoURL, path: 'app' }, { repoURL }] },
  ]
  for (const spec of invalid) assert.equal(read(spec)?.code, 'GDE_ARGOCD_INVALID', JSON.stringify(spec))
  assert.equal(
    read({
      sources: [
        { repoURL, path: 'app' },
        { repoURL, ref: 'values' },
      ],
    }),
    undefined,
  )
})

test('an Application edited to nonsense, field by field, never throws', () => {
  const valid: JsonObject = {
    metadata: { name: 'a', namespace: 'argocd', labels: { a: 'b' } },
    spec: {
      project: 'p',
      destination: { server: 's', namespace: 'n' },
      source: {
        ...SOURCE,
        helm: { values: '', parameters: [{ name: 'n', value: 'v' }] },
        directory: { recurse: true },
      },
      syncPolicy: { automated: { prune: true }, syncOptions: ['A=true'], managedNamespaceMetadata: { labels: {} } },
      ignoreDifferences: [{ kind: 'K', jsonPointers: ['/x'] }],
    },
  }
  const nonsense = fc.constantFrom<Json>(null, 0, '', 'x', true, [], {}, [null], [[]], { __proto__: 1 }, [{}])
  fc.assert(
    fc.property(fc.constantFrom(...pathsOf(valid)), nonsense, (path, value) => {
      readApplication(replaced(valid, path, value))
    }),
    { numRuns: 1000 },
  )
})

function pathsOf(value: Json, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsOf(inner, [...path, key])])
}

function replaced(of: JsonObject, [key = '', ...rest]: readonly string[], by: Json): JsonObject {
  const inner = of[key]
  return { ...of, [key]: rest.length > 0 && isJsonObject(inner) ? replaced(inner, rest, by) : by }
}
