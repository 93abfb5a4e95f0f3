import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/model/json.ts'
import { fleetFixture, REPOSITORY_URL } from '../flux/fleet-world.ts'
import {
  application,
  applicationSet,
  argocdSecret,
  ENTRY,
  IN_CLUSTER,
  manifest,
  project,
  settingsMap,
} from './resources.ts'
import { untilSets } from './until-sets.ts'

const template = (name: string, more: JsonObject = {}): JsonObject => ({
  metadata: { name },
  spec: {
    project: 'default',
    source: { repoURL: REPOSITORY_URL, path: 'web', targetRevision: 'main' },
    destination: { server: IN_CLUSTER, namespace: 'shop' },
    ...more,
  },
})
const directories = { git: { repoURL: REPOSITORY_URL, revision: 'main', directories: [{ path: 'apps/*' }] } }

function made(name: string, set: string): JsonObject {
  const ownerReferences = [
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name: set, uid: 'u', controller: true },
  ]
  return application(name, {}, { metadata: { ownerReferences } })
}

test('Applications that are expected and not there, and those that are there and not expected, are counted and named', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'apps/one/a.yaml': manifest('one'), 'apps/two/a.yaml': manifest('two') })
  const set = applicationSet('folders', { generators: [directories], template: template('{{path.basename}}') })
  await fixture.live('control', 'argocd.yaml', [
    set,
    made('one', 'folders'),
    made('old', 'folders'),
    application('other'),
  ])
  fixture.follow({ argocd: [ENTRY] })
  await untilSets(fixture, { folders: { missing: 1, stale: 1 } })
  assert.deepEqual(
    fixture.runtime.fleet.problems.map(({ subject, failure }) => [
      subject,
      failure.code,
      failure.message.split(': ')[1],
    ]),
    [
      ['ApplicationSet argocd/folders in control', 'GDE_APPSET_MISSING', 'two'],
      ['ApplicationSet argocd/folders in control', 'GDE_APPSET_SURPLUS', 'old'],
    ],
  )

  await fixture.live('control', 'argocd.yaml', [set, made('one', 'folders'), made('two', 'folders')])
  await untilSets(fixture, { folders: { missing: 0, stale: 0 } })
  assert.deepEqual(fixture.runtime.fleet.problems, [])

  await fixture.commit({ 'apps/three/a.yaml': manifest('three') })
  await untilSets(fixture, { folders: { missing: 1, stale: 0 } })

  await fixture.live('control', 'argocd.yaml', [made('one', 'folders'), applicationSet('empty', {})])
  await untilSets(fixture, { empty: { missing: 0, stale: 0 } })
})

test('{{cluster.server}} makes nothing, and the finding says what was meant', async () => {
  await using fixture = await fleetFixture(['control'])
  const destination = { server: '{{cluster.server}}', namespace: 'shop' }
  await fixture.live('control', 'argocd.yaml', [
    argocdSecret('cluster', 'prod', { name: 'prod', server: 'https://prod.example.com', config: '{}' }),
    applicationSet('wrong', { generators: [{ clusters: {} }], template: template('{{name}}', { destination }) }),
    application('other'),
  ])
  fixture.follow({ argocd: [ENTRY] })
  await untilSets(fixture, { wrong: { missing: 2, stale: 0 } })
  const messages = fixture.runtime.fleet.problems.map(({ failure }) => failure.message)
  assert.ok(
    messages.some((message) => message.includes('{{server}}')),
    messages.join('\n'),
  )
})

test('a set that cannot be computed says why, and nothing is expected of it', async () => {
  await using fixture = await fleetFixture(['control'])
  const secret = 'https://user:hidden@127.0.0.1/r.git'
  const from = (repoURL: string): JsonObject => ({ git: { repoURL, revision: 'HEAD', directories: [{ path: '*' }] } })
  const loop = '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}'
  const many = (key: string): JsonObject => ({
    list: {
      elements: [],
      elementsYaml: Array.from({ length: 320 }, (_, index) => `- {${key}: "${index}"}`).join('\n'),
    },
  })
  const matrix = { matrix: { generators: [many('a'), many('b')] } }
  const sets: Readonly<Record<string, readonly [JsonObject, string]>> = {
    loopback: [{ generators: [from(secret)], template: template('a') }, 'GDE_APPSET_ERROR'],
    local: [{ generators: [from('file:///etc')], template: template('a') }, 'GDE_APPSET_ERROR'],
    endless: [
      { goTemplate: true, generators: [{ list: { elements: [{ a: 'b' }] } }], template: template(loop) },
      'GDE_APPSET_ERROR',
    ],
    many: [{ generators: [matrix], template: template('{{a}}-{{b}}') }, 'GDE_TOO_LARGE'],
    outside: [{ generators: [{ scmProvider: {} }], template: template('{{repository}}') }, 'GDE_APPSET_NOT_COMPUTABLE'],
    nonsense: [{ generators: 7 }, 'GDE_APPSET_INVALID'],
  }
  await fixture.live('control', 'argocd.yaml', [
    ...Object.entries(sets).map(([name, [spec]]) => applicationSet(name, spec)),
    applicationSet('well', { generators: [{ list: { elements: [{ a: 'b' }] } }], template: template('{{a}}') }),
    application('other'),
  ])
  fixture.follow({ argocd: [ENTRY] })
  const undetermined = Object.fromEntries(Object.keys(sets).map((name) => [name, {}]))
  await untilSets(fixture, { ...undetermined, outside: { missing: 0 }, well: { missing: 1, stale: 0 } })
  const { problems, repositories } = fixture.runtime.fleet
  for (const [name, [, code]] of Object.entries(sets)) {
    const subject = `ApplicationSet argocd/${name} in control`
    const codes = problems.filter((problem) => problem.subject === subject).map(({ failure }) => failure.code)
    assert.ok(codes.includes(code as (typeof codes)[number]), `${name}: ${codes.join(', ')}`)
  }
  assert.ok(!JSON.stringify(problems).includes('hidden'))
  assert.ok(![...repositories.values()].some(({ url }) => url.startsWith('file:')))
})

test('sets of other namespaces read what their project permits, and no more', async () => {
  await using fixture = await fleetFixture(['control'])
  await fixture.commit({ 'apps/one/a.yaml': manifest('one') })
  const set = (name: string, projectName: string): JsonObject =>
    applicationSet(
      name,
      { generators: [directories], template: template('{{path.basename}}', { project: projectName }) },
      'team',
    )
  await fixture.live('control', 'argocd.yaml', [
    settingsMap('argocd-cmd-params-cm', {
      'application.namespaces': 'team',
      'applicationsetcontroller.namespaces': 'team',
    }),
    project('open', { sourceNamespaces: ['team'] }),
    project('closed', { sourceNamespaces: ['team'], sourceRepos: ['https://other.example.com/*'] }),
    project('foreign'),
    set('open', 'open'),
    set('closed', 'closed'),
    set('foreign', 'foreign'),
    set('templated', '{{path.basename}}'),
    application('other'),
  ])
  fixture.follow({ argocd: [ENTRY] })
  await untilSets(fixture, { open: { missing: 1, stale: 0 }, closed: {}, foreign: {}, templated: {} })
})
