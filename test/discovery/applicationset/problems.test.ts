import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterSecretFacts } from '../../../src/discovery/argocd/applicationset/inputs.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { expand, requestFor } from './expanding.ts'
import { listOf, setOf, templateOf } from './set.ts'

const CLUSTERS: readonly ClusterSecretFacts[] = [
  cluster('prod-eu', 'https://prod-eu.example.com'),
  cluster('staging', 'https://staging.example.com'),
]

function cluster(name: string, server: string, more: Partial<ClusterSecretFacts> = {}): ClusterSecretFacts {
  const labels = { 'argocd.argoproj.io/secret-type': 'cluster', env: 'prod' }
  return {
    namespace: 'argocd',
    secretName: name,
    labels,
    annotations: {},
    name,
    server,
    project: '',
    broken: false,
    ...more,
  }
}

async function messages(spec: JsonObject, clusterSecrets = CLUSTERS): Promise<readonly string[]> {
  const { problems } = await expand(requestFor(setOf(spec), { clusterSecrets }))
  return problems.map(({ code, message }) => `${code} ${message}`)
}

async function assertSays(spec: JsonObject, expected: RegExp, clusterSecrets = CLUSTERS): Promise<void> {
  const said = await messages(spec, clusterSecrets)
  assert.ok(
    said.some((message) => expected.test(message)),
    `${expected} is not said:\n${said.join('\n')}`,
  )
}

test('{{cluster.server}}, which tutorials have, is told from {{server}}', async () => {
  const destination = { server: '{{cluster.server}}', namespace: 'n' }
  const spec = { generators: [{ clusters: {} }], template: templateOf('{{name}}', { destination }) }
  const expected =
    /^GDE_APPSET_PLACEHOLDER \{\{cluster\.server\}\} stands for nothing.*\{\{server\}\} was probably meant$/
  await assertSays(spec, expected)
  await assertSays(
    spec,
    /^GDE_APPSET_APPLICATION application destination spec is invalid: .*placeholder was not filled$/,
  )
})

test('{{.cluster.server}} with goTemplate is told from {{.server}}', async () => {
  const destination = { server: '{{.cluster.server}}', namespace: 'n' }
  await assertSays(
    { goTemplate: true, generators: [{ clusters: {} }], template: templateOf('{{.name}}', { destination }) },
    /\{\{\.cluster\.server\}\} stands for nothing: it prints <no value>.*\{\{\.server\}\} was probably meant$/,
  )
})

test('a parameter without its dot in a Go template', async () => {
  await assertSays(
    { goTemplate: true, generators: [{ clusters: {} }], template: templateOf('{{name}}') },
    /\{\{\.name\}\} was probably meant/,
  )
})

test('a parameter with a dot, or a function, in a set without goTemplate', async () => {
  await assertSays(
    { generators: [listOf({ name: 'a' })], template: templateOf('{{.name}}') },
    /\{\{name\}\} was probably meant/,
  )
  const piped = { generators: [listOf({ name: 'a' })], template: templateOf('{{.name | lower}}') }
  await assertSays(piped, /needs goTemplate: true/)
})

test('a misspelled parameter, in the set and where a missing key is an error', async () => {
  const generators = [listOf({ environment: 'prod' })]
  await assertSays({ generators, template: templateOf('{{enviroment}}') }, /\{\{environment\}\} was probably meant/)
  await assertSays(
    { goTemplate: true, goTemplateOptions: ['missingkey=error'], generators, template: templateOf('{{.enviroment}}') },
    /\{\{\.environment\}\} was probably meant/,
  )
})

test('metadata of the cluster that Argo CD runs in, which has none', async () => {
  const template = templateOf('{{.name}}-{{.metadata.labels.env}}')
  await assertSays({ goTemplate: true, generators: [{ clusters: {} }], template }, /unless it has a Secret/)
})

test('two Applications of one name, with what the name could use', async () => {
  const generators = [listOf({ name: 'a', region: 'eu' }, { name: 'a', region: 'us' })]
  await assertSays({ generators, template: templateOf('{{name}}') }, /none of them is created: .* differ in region/)
})

test('the name of a cluster where its server belongs, and the other way round', async () => {
  const generators = [listOf({ name: 'a' })]
  const byServer = templateOf('a', { destination: { server: 'prod-eu', namespace: 'n' } })
  await assertSays({ generators, template: byServer }, /belongs into destination\.name/)
  const byName = templateOf('a', { destination: { name: 'https://prod-eu.example.com/', namespace: 'n' } })
  await assertSays({ generators, template: byName }, /belongs into destination\.server/)
})

test('a cluster whose Secret cannot be read', async () => {
  const broken = [cluster('odd', 'https://odd.example.com', { broken: true })]
  const template = templateOf('a', { destination: { server: 'https://odd.example.com', namespace: 'n' } })
  await assertSays({ generators: [listOf({ name: 'a' })], template }, /the Secret odd names it/, broken)
})

test('two cluster Secrets of one name', async () => {
  const duplicates = [
    cluster('x', 'https://one', { secretName: 'one' }),
    cluster('x', 'https://two', { secretName: 'two' }),
  ]
  const spec = { generators: [{ clusters: {} }], template: templateOf('{{name}}') }
  await assertSays(spec, /^GDE_APPSET_CLUSTER 2 cluster Secrets have the name "x" \(one, two\)/, duplicates)
})

test('a generator that is misspelled', async () => {
  const spec = { generators: [{ cluster: {} }], template: templateOf('a') }
  await assertSays(spec, /^GDE_APPSET_GENERATOR generators\[0\].*clusters was probably meant$/)
})

test('a name that no API server takes', async () => {
  await assertSays(
    { generators: [listOf({ name: 'A_b' })], template: templateOf('{{name}}') },
    /"A_b" cannot be the name/,
  )
})

test('two keys that become one', async () => {
  const template = { ...templateOf('a'), metadata: { name: 'a', labels: { '{{k}}': '1', team: '2' } } }
  await assertSays({ generators: [listOf({ k: 'team' })], template }, /two keys of one map become "team"/)
})

test('a set with a field of another type names the field', async () => {
  const spec = { generators: [], template: templateOf('a', { revisionHistoryLimit: 'x' }) }
  await assertSays(spec, /^GDE_APPSET_INVALID .*revisionHistoryLimit/)
})

test('templates that use randomness or the clock', async () => {
  const spec = {
    goTemplate: true,
    generators: [listOf({ a: 'a' })],
    template: templateOf('a-{{ randAlphaNum 5 | lower }}'),
  }
  const { unstable, problems } = await expand(requestFor(setOf(spec)))
  assert.equal(unstable, true)
  assert.ok(problems.some(({ code }) => code === 'GDE_RENDER_UNSTABLE'))
})

test('a generator that asks the outside world is not computable, and the others still give theirs', async () => {
  for (const kind of ['scmProvider', 'pullRequest', 'plugin', 'clusterDecisionResource']) {
    const matrix = { matrix: { generators: [listOf({ a: 'a' }), { [kind]: {} }] } }
    for (const outside of [{ [kind]: {} }, matrix]) {
      const spec = { generators: [outside, listOf({ name: 'a' })], template: templateOf('{{name}}') }
      const { applications, notComputable, problems, error } = await expand(requestFor(setOf(spec)))
      assert.deepEqual(notComputable, [kind])
      assert.equal(applications.length, 1)
      assert.equal(error, undefined)
      assert.ok(problems.some(({ code, message }) => code === 'GDE_APPSET_NOT_COMPUTABLE' && message.includes(kind)))
    }
  }
})
