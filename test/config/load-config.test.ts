import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TSchema } from '@sinclair/typebox'
import { durationSeconds } from '../../src/config/duration.ts'
import { loadConfig, parseConfig } from '../../src/config/load-config.ts'
import { changedRestartKeys } from '../../src/config/restart-keys.ts'
import { ConfigSchema } from '../../src/config/schema.ts'
import { CodedError } from '../../src/model/failure.ts'
import fc from '../fast-check.ts'

const EXAMPLE = join(import.meta.dirname, '../../docs/config.example.yaml')

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-'))
})
after(() => rm(folder, { recursive: true }))

function failsWith(code: string, message: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof CodedError)
    assert.equal(error.failure.code, code)
    assert.match(error.failure.message, message)
    return true
  }
}

test('the documented example can be used', async () => {
  const settings = await loadConfig(EXAMPLE)
  assert.deepEqual(
    settings.clusters.map(({ name, access }) => [name, access.type]),
    [
      ['prod-us', 'kubeconfig'],
      ['prod-eu', 'kubeconfig'],
      ['control', 'inCluster'],
      ['audit-copy', 'snapshot'],
    ],
  )
  assert.deepEqual(settings.staleAfter, { clusterSeconds: 120, gitSeconds: 300 })
  assert.equal(settings.apps[0]?.sources[0]?.type, 'helm')
  assert.equal(settings.apps[3]?.sources[0]?.type, 'directory')
})

test('the documented example shows every key that there is', async () => {
  const example = await readFile(EXAMPLE, 'utf8')
  const topLevel = Object.keys(ConfigSchema.properties)
  assert.deepEqual(
    topLevel.filter((key) => !new RegExp(`^${key}:`, 'm').test(example)),
    [],
  )
})

test('what is left out has the value that the schema states', () => {
  const stated = statedDefaults(ConfigSchema)
  const { limits, pages, schedule } = parseConfig('{}', '/etc/c.yaml')
  assert.deepEqual(stated.pages, pages)
  assert.equal(stated.schedule, schedule)
  assert.deepEqual(stated.limits, { renderTimeout: `${limits.renderSeconds}s`, documentBytes: limits.documentBytes })
  assert.deepEqual(parseConfig(JSON.stringify(stated), '/etc/c.yaml'), parseConfig('{}', '/etc/c.yaml'))
})

/** What the schema states, written out. */
function statedDefaults(schema: TSchema): Readonly<Record<string, unknown>> {
  const fields = Object.entries<TSchema>(schema.properties).filter(([, field]) => field.default !== undefined)
  return Object.fromEntries(
    fields.map(([name, field]) => [name, field.type === 'object' ? statedDefaults(field) : field.default]),
  )
}

test('a default is not taken for something that was written', () => {
  const app = (extra: string) =>
    `clusters: [{ name: one, inCluster: true }]\napps: [{ name: a, source: { repository: "https://host/a" ${extra}`
  const pathOf = (extra: string) => parseConfig(app(extra), '/etc/c.yaml').apps[0]?.sources[0]?.path
  assert.equal(pathOf('}, destination: { cluster: one } }]'), '.')
  assert.equal(pathOf(', ref: values }, destination: { cluster: one } }]'), '')
  assert.equal(pathOf(', ref: values, path: "." }, destination: { cluster: one } }]'), '.')
  const tracked = parseConfig(app('}, destination: { cluster: one }, tracking: { method: helm } }]'), '/etc/c.yaml')
  assert.deepEqual(tracked.apps[0]?.tracking, { method: 'helm', release: 'a', namespace: 'default' })
  const wrong = app(
    '}, destination: { cluster: one }, tracking: { method: helm, labelKey: app.kubernetes.io/instance } }]',
  )
  assert.throws(() => parseConfig(wrong, '/etc/c.yaml'), failsWith('GDE_CONFIG_INVALID', /no such option/))
})

test('a key needs a restart exactly where the schema says that it is read once', () => {
  const changed = (text: string) =>
    changedRestartKeys(parseConfig('{}', '/etc/c.yaml'), parseConfig(text, '/etc/c.yaml'))
  assert.deepEqual(changed('{ metrics: { appLabels: [team] }, compatibility: { argocd: true } }'), [])
  assert.deepEqual(changed('{ metrics: { port: 9090, appLabels: [team] } }'), ['metrics.port'])
  assert.deepEqual(changed('{ staleAfter: { cluster: 120s, git: 6m }, pages: { port: 8081 } }'), ['staleAfter.git'])
  assert.deepEqual(changed('{ stateDirectory: /srv, limits: { documentBytes: 1000 }, schedule: "0 * * * *" }'), [
    'schedule',
    'stateDirectory',
    'limits.documentBytes',
  ])
})

test('paths and file URLs are relative to the file', () => {
  const settings = parseConfig(
    `
stateDirectory: state
rewrites: [{ match: "git@host:", fetchFrom: "file:./mirrors/" }]
repositories: [{ url: "https://host/a.git", fetchFrom: "file:../a", credentials: { passwordFile: secrets/a } }]
clusters: [{ name: one, snapshot: { path: dump } }, { name: two, kubeconfig: { path: /abs/kubeconfig } }]
apps: [{ name: app, source: { repository: "file:repo" }, destination: { cluster: one } }]
`,
    '/etc/gitops/config.yaml',
  )
  assert.equal(settings.stateDirectory, '/etc/gitops/state')
  assert.equal(settings.rewrites[0]?.fetchFrom, 'file:///etc/gitops/mirrors/')
  assert.equal(settings.repositories[0]?.fetchFrom?.address, 'file:///etc/a')
  assert.deepEqual(settings.repositories[0]?.credentials, {
    type: 'basicFiles',
    passwordFile: '/etc/gitops/secrets/a',
  })
  assert.deepEqual(
    settings.clusters.map(({ access }) => 'path' in access && access.path),
    ['/etc/gitops/dump', '/abs/kubeconfig'],
  )
  assert.equal(settings.apps[0]?.sources[0]?.repository.address, 'file:///etc/gitops/repo')
})

test('a file that is not there, a folder and a huge file are told apart', async () => {
  await assert.rejects(loadConfig(join(folder, 'none.yaml')), failsWith('GDE_CONFIG_READ', /no such file/))
  await assert.rejects(loadConfig(folder), failsWith('GDE_CONFIG_READ', /folder/))
  const huge = join(folder, 'huge.yaml')
  await writeFile(huge, `metrics: {} # ${'x'.repeat(1_000_001)}\n`)
  await assert.rejects(loadConfig(huge), failsWith('GDE_TOO_LARGE', /larger than 1000000 bytes/))
  await assert.rejects(loadConfig('/dev/zero'), failsWith('GDE_TOO_LARGE', /larger/))
})

test('no text makes the parser fail with anything but a coded error', () => {
  const word = fc.constantFrom(
    'apps',
    'clusters',
    'name',
    ':',
    ' ',
    '\n',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '&a',
    '*a',
    '"',
    '|',
    '\t',
    '#',
    '!!set',
    '<<',
    '1',
    'null',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join('')),
      ),
      (text) => {
        try {
          parseConfig(text, '/etc/config.yaml')
        } catch (error) {
          assert.ok(error instanceof CodedError, String(error))
          assert.match(error.failure.code, /^GDE_CONFIG_/)
        }
      },
    ),
    { numRuns: 1000 },
  )
})

test('durations are those of Go and Prometheus', () => {
  assert.deepEqual(['30s', '2m', '1h30m', '1d', '90', '', '1.5h', '2 m', '-1s', '30m1h'].map(durationSeconds), [
    30,
    120,
    5400,
    86400,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('the former name of manualManagers is read, and both names at once are refused', () => {
  const read = (comparing: string) => parseConfig(`comparing: ${comparing}\n`, '/etc/c.yaml').comparing.manualManagers
  assert.deepEqual(read('{ persons: [k9s] }'), ['k9s'])
  assert.deepEqual(read('{ manualManagers: [k9s] }'), ['k9s'])
  assert.throws(() => read('{ manualManagers: [k9s], persons: [k9s] }'), failsWith('GDE_CONFIG_INVALID', /former name/))
})
