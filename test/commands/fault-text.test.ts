import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { faultTexts, type Occurrence, warningLines } from '../../src/commands/output/fault-text.ts'
import type { Failure } from '../../src/model/failure.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { builtProgram, runProgram } from './program.ts'

before(builtProgram)

const BROKEN: Failure = { code: 'GDE_SNAPSHOT_READ', message: 'not YAML', cluster: 'one', file: 'b.yaml', line: 2 }

test('one fault of several apps is told once, with the apps, and what to do', () => {
  const occurrences: readonly Occurrence[] = ['a', 'b'].map((name) => ({
    failure: { ...BROKEN, app: name },
    app: `${name} in one`,
  }))
  assert.deepEqual(faultTexts(occurrences), [
    'b.yaml:2: not YAML (GDE_SNAPSHOT_READ)\n  2 apps: a in one, b in one\n  Check the folder and the file named.',
  ])
  assert.deepEqual(warningLines(occurrences), ['b.yaml:2: not YAML (GDE_SNAPSHOT_READ): 2 apps: a in one, b in one'])
})

test('what discovery says of the same fault is told with it', () => {
  const problem = { subject: 'flux in one', failure: BROKEN }
  const occurrences: readonly Occurrence[] = [
    { failure: BROKEN, app: 'a in one' },
    { failure: BROKEN, problem },
  ]
  assert.match(faultTexts(occurrences).join(), /\n {2}1 app: a in one; flux in one\n/)
})

test('other files, lines, clusters and messages are other faults, in their order', () => {
  const others: readonly Partial<Failure>[] = [
    {},
    { file: 'c.yaml' },
    { line: 3 },
    { cluster: 'two' },
    { message: 'empty' },
  ]
  assert.equal(
    faultTexts(others.map((other, index) => ({ failure: { ...BROKEN, ...other }, app: `a${index}` }))).length,
    5,
  )
})

test('of a thousand apps ten are named, and the number', () => {
  const occurrences = Array.from({ length: 1000 }, (_, index) => ({ failure: BROKEN, app: `a${index} in one` }))
  assert.match(faultTexts(occurrences).join(), /1000 apps: a0 in one, .*a9 in one and 990 more\n/)
})

test('a fault of one app is told as ever', () => {
  assert.deepEqual(warningLines([{ failure: BROKEN, app: 'a in one' }]), [
    'b.yaml:2: app a in one: not YAML (GDE_SNAPSHOT_READ)',
  ])
  assert.deepEqual(warningLines([{ failure: BROKEN, subject: 'cluster one' }]), [
    'cluster one: b.yaml:2: not YAML (GDE_SNAPSHOT_READ)',
  ])
})

test('control characters of names never reach the terminal', () => {
  const occurrences = ['a\u001b[2J', 'b\u001b[2J'].map((app) => ({ failure: BROKEN, app }))
  assert.ok(![...faultTexts(occurrences), ...warningLines(occurrences)].join('').includes('\u001b'))
})

test('check and apps name a broken file of a snapshot once, whoever needs it, and each kind that is not held', async () => {
  await using folder = await temporaryFolder('faults')
  const path = (name: string) => join(folder.path, name)
  for (const name of ['repository', 'broken', 'poor']) await mkdir(path(name))
  const object = (kind: string, version = 'v1') => `apiVersion: ${version}\nkind: ${kind}\nmetadata: { name: a }\n`
  await writeFile(path('repository/all.yaml'), [object('ConfigMap'), object('Service'), object('Pod')].join('---\n'))
  const git = (...args: readonly string[]) => run('git', ['-C', path('repository'), ...args])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '--message', 'All')
  await writeFile(path('broken/bad.yaml'), 'kind: {\n')
  await writeFile(path('poor/secret.yaml'), object('Secret'))
  const apps = ['a', 'b', 'c'].flatMap((name) =>
    ['broken', 'poor'].map(
      (cluster) => `  - name: ${name}-${cluster}
    source: { repository: "file:repository", revision: main, path: . }
    destination: { cluster: ${cluster}, namespace: shop }
`,
    ),
  )
  const config = path('config.yaml')
  await writeFile(
    config,
    `clusters: [{ name: broken, snapshot: { path: broken } }, { name: poor, snapshot: { path: poor } }]
discovery: { helm: [{ cluster: broken }], flux: [{ cluster: broken }] }
apps:
${apps.join('')}`,
  )
  const { code, out } = await runProgram('check', '--config', config)
  assert.equal(code, 2)
  const count = (text: string) => out.split(text).length - 1
  assert.equal(count('bad.yaml'), 1, out)
  assert.match(out, /^ {2}3 apps: a-broken in broken, b-broken in broken, c-broken in broken; .*helm in broken/m)
  for (const kind of ['ConfigMap', 'Service', 'Pod'])
    assert.equal(count(`the snapshot holds no ${kind}, and snapshot.kinds does not list it`), 1, out)
  const listed = await runProgram('apps', '--config', config)
  assert.equal(listed.err.split('bad.yaml').length - 1, 1, listed.err)
})
