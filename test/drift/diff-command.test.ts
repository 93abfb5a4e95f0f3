import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import type { OptionsOf } from '../../src/commands/command-list.ts'
import { run as runDiff } from '../../src/commands/diff.ts'
import type { Json } from '../../src/model/json.ts'
import { builtProgram, MAIN } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { run } from '../servers/run.ts'
import { readAccuracyCases } from './accuracy-cases.ts'

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command on files of the given names and texts. */
async function diff(files: Readonly<Record<string, string>>, options: Partial<OptionsOf<'diff'>> = {}): Promise<Run> {
  await using folder = await temporaryFolder('diff')
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder.path, name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, text)
  }
  let [out, err] = ['', '']
  const stream = (write: (text: string) => void) =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          write(String(chunk))
          done()
        },
      }),
      { isTTY: false, hasColors: () => false },
    )
  const terminal = {
    out: stream((text) => {
      out += text
    }),
    err: stream((text) => {
      err += text
    }),
    signal: new AbortController().signal,
  }
  const { desired = 'desired', live = 'live', schema = [] } = options
  const paths = {
    desired: join(folder.path, desired),
    live: join(folder.path, live),
    schema: schema.map((path) => join(folder.path, path)),
  }
  const code = await runDiff({ manager: [], extra: false, output: 'text', ...options, ...paths }, terminal as never)
  return { code, out, err: err.replaceAll(folder.path, '') }
}

const MAP = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop}\ndata: {a: "${value}"}\n`

const MAP_OBJECT = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data: { a: '1' },
})

function statesOf(run: Run): Readonly<Record<string, string>> {
  return Object.fromEntries(objectsOf(run).map(({ name, state }) => [name, state]))
}

function objectsOf(run: Run): readonly { readonly name: string; readonly state: string; readonly differences: Json }[] {
  return JSON.parse(run.out).objects
}

test('objects in sync print nothing and exit with 0', async () => {
  const run = await diff({ 'desired/a.yaml': MAP('x', '1'), 'live/b.yaml': MAP('x', '1') })
  assert.deepEqual(run, { code: 0, out: '', err: '' })
})

test('drift exits with 1, as text and as JSON', async () => {
  const files = { 'desired/a.yaml': MAP('x', '1'), 'live/b.yaml': MAP('x', '2') }
  const text = await diff(files)
  assert.equal(text.code, 1)
  assert.equal(
    text.out,
    [
      '===== ConfigMap shop/x ===== changed',
      '  changed data.a: declared "1", live "2"',
      '--- live',
      '+++ declared',
      ' data:',
      '-  a: "2"',
      '+  a: "1"',
      '',
    ].join('\n'),
  )
  const json = await diff(files, { output: 'json' })
  assert.equal(json.code, 1)
  assert.deepEqual(JSON.parse(json.out), {
    apiVersion: 'gitops-drift-exporter/v1',
    objects: [
      {
        group: '',
        kind: 'ConfigMap',
        namespace: 'shop',
        name: 'x',
        state: 'changed',
        differences: [{ path: '/data/a', class: 'changed', effect: 'drift', desired: '1', live: '2' }],
      },
    ],
  })
})

test('YAML, JSON, JSON lines and lists are read, from folders and files', async () => {
  const json = (name: string) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } })
  const list = (...items: readonly string[]) => `{"apiVersion":"v1","kind":"List","items":[${items.join(',')}]}`
  const run = await diff(
    {
      'desired/a.yaml':
        '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml, namespace: shop}\n---\n# nothing\n',
      'desired/deep/b.json': json('json'),
      'desired/c.jsonl': `${json('line-1')}\n\n${json('line-2')}\n`,
      'desired/d.json': `${json('line-3')}\n${json('line-4')}\n`,
      'desired/e.yml': list(json('list-1'), json('list-2')),
      'desired/README.md': 'not read',
      live: list(...['yaml', 'json', 'line-1', 'line-2', 'line-3', 'line-4', 'list-1', 'list-2'].map(json)),
    },
    { output: 'json' },
  )
  assert.deepEqual([run.code, run.err], [0, ''])
  assert.deepEqual(
    objectsOf(run).map(({ name, state }) => [name, state]),
    ['yaml', 'line-1', 'line-2', 'line-3', 'line-4', 'json', 'list-1', 'list-2'].map((name) => [name, 'synced']),
  )
})

test('missing objects are drift, extra ones only when asked for', async () => {
  const files = { 'desired/a.yaml': MAP('x', '1'), 'live/b.yaml': MAP('other', '1') }
  const run = await diff(files, { output: 'json' })
  assert.equal(run.code, 1)
  assert.deepEqual(
    objectsOf(run).map(({ name, state }) => [name, state]),
    [['x', 'missing']],
  )
  const withExtra = await diff(files, { output: 'json', extra: true })
  assert.deepEqual(
    objectsOf(withExtra).map(({ name, state }) => [name, state]),
    [
      ['x', 'missing'],
      ['other', 'extra'],
    ],
  )
  const onlyExtra = await diff({ 'desired/a.yaml': '', 'live/b.yaml': MAP('other', '1') }, { extra: true })
  assert.equal(onlyExtra.code, 1)
})

test('a namespace that Git leaves out is found where there is one object of the name', async () => {
  const desired = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: "1"}\n'
  const one = await diff({ 'desired/a.yaml': desired, 'live/b.yaml': MAP('x', '1') })
  assert.equal(one.code, 0)
  const other = MAP('x', '1').replace('shop', 'other')
  const two = await diff({ 'desired/a.yaml': desired, 'live/b.yaml': `${MAP('x', '1')}---\n${other}` })
  assert.equal(two.code, 2)
  assert.match(two.out, /without a namespace, and there are 2 live ones/)
})

test('a cluster-scoped object that Git puts into a namespace is found', async () => {
  const role = (metadata: string) =>
    `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: ${metadata}\n`
  const run = await diff({ 'desired/a.yaml': role('{name: x, namespace: shop}'), 'live/b.yaml': role('{name: x}') })
  assert.equal(run.code, 0)
})

test('what cannot be read is reported with file and line, and the rest is compared', async () => {
  const run = await diff({
    'desired/a.yaml': MAP('x', '1'),
    'desired/b.yaml': 'a: [\n',
    'desired/c.jsonl': '{"apiVersion":"v1"}\nnot json\n',
    'live/b.yaml': MAP('x', '2'),
  })
  assert.equal(run.code, 2)
  assert.match(run.out, /changed data\.a/)
  assert.match(run.err, /desired\/b\.yaml:\d+:\d+: .*GDE_RENDER_YAML/)
  assert.match(run.err, /desired\/c\.jsonl:1: kind is not set \(GDE_RENDER_OBJECT\)/)
  assert.match(run.err, /desired\/c\.jsonl:2:2: not JSON/)
})

test('an item that is no object says nothing of the others in its list', async () => {
  const items = [MAP_OBJECT('x'), { kind: 'X' }, 5, MAP_OBJECT('z')]
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const run = await diff(
    { 'desired/a.json': list, 'live/a.yaml': `${MAP('x', '1')}---\n${MAP('z', '2')}` },
    { output: 'json' },
  )
  assert.equal(run.code, 2)
  assert.deepEqual(statesOf(run), { x: 'synced', z: 'changed' })
  assert.match(run.err, /apiVersion is not set.*a manifest must be a mapping/s)
})

test('what is not found where not all could be read is unknown, not missing', async () => {
  const files = {
    'desired/a.yaml': `${MAP('x', '1')}---\n${MAP('z', '1')}`,
    'live/a.yaml': MAP('x', '1'),
    'live/b.yaml': 'a: [\n',
  }
  const run = await diff(files, { output: 'json' })
  assert.equal(run.code, 2)
  assert.deepEqual(statesOf(run), { x: 'synced', z: 'unknown' })
  assert.match(run.out, /"reason":"GDE_RENDER_YAML"/)
})

test('objects without managedFields say that what was added by hand is not judged', async () => {
  const files = { 'desired/a.yaml': MAP('x', '1'), 'live/a.yaml': MAP('x', '1').replace('a: "1"', 'a: "1", b: "2"') }
  const run = await diff(files, { output: 'json' })
  assert.equal(run.code, 0)
  assert.match(run.out, /"ownershipUnknown":true/)
  assert.match(run.err, /not judged of an object that comes without managedFields/)
})

test('a path that is not there is an error', async () => {
  await assert.rejects(diff({ 'desired/a.yaml': '' }), { name: 'GDE_SNAPSHOT_READ' })
  const files = { 'desired/a.yaml': '', 'live/a.yaml': '' }
  await assert.rejects(diff(files, { schema: ['none'] }), { name: 'GDE_SNAPSHOT_READ' })
})

test('schemas come from folders and from files, and none at all is an error', async () => {
  const widget = (tags: string) =>
    `{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {tags: [${tags}]}}`
  const tags = { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' }
  const kinds = [{ group: 'example.com', version: 'v1', kind: 'Widget' }]
  const spec = { type: 'object', properties: { tags } }
  const model = { type: 'object', 'x-kubernetes-group-version-kind': kinds, properties: { spec } }
  const files = {
    'desired/a.yaml': widget('a, b'),
    'live/a.yaml': widget('b, a'),
    'schemas/index.json': '{"paths":{}}',
    'schemas/example.json': JSON.stringify({ components: { schemas: { Widget: model } } }),
    'other/index.json': '{"paths":{}}',
  }
  assert.equal((await diff(files)).code, 1)
  assert.equal((await diff(files, { schema: ['schemas'] })).code, 0)
  assert.equal((await diff(files, { schema: ['schemas/example.json'] })).code, 0)
  for (const unusable of ['other', 'schemas/index.json'])
    await assert.rejects(diff(files, { schema: ['schemas', unusable] }), { name: 'GDE_SNAPSHOT_READ' })
  await assert.rejects(diff(files, { schema: ['desired/a.yaml'] }), { name: 'GDE_RENDER_YAML' })
})

test('of an object that is declared twice the last declaration counts', async () => {
  const run = await diff(
    { 'desired/a.yaml': MAP('x', '1'), 'desired/b.yaml': MAP('x', '2'), 'live/a.yaml': MAP('x', '2') },
    { output: 'json' },
  )
  assert.deepEqual([run.code, objectsOf(run).length], [0, 1])
  assert.match(run.err, /^ConfigMap shop\/x is declared more than once/)
})

test('nothing to compare is no answer', async () => {
  const run = await diff({ 'desired/a.yaml': '# nothing yet\n', 'live/a.yaml': MAP('x', '1') })
  assert.equal(run.code, 2)
  assert.match(run.err, /there are no objects in it/)
  const extra = await diff({ 'desired/a.yaml': '', 'live/a.yaml': MAP('x', '1') }, { extra: true })
  assert.equal(extra.code, 1)
})

test('one side may come through a pipe, and a reader may leave early', async () => {
  await builtProgram()
  await using folder = await temporaryFolder('diff')
  const live = join(folder.path, 'live.yaml')
  const desired = Array.from({ length: 2000 }, (_, index) => MAP(`x${index}`, '1')).join('---\n')
  await writeFile(live, MAP('x0', '1'))
  const program = `"${process.execPath}" "${MAIN}"`
  const piped = (command: string) =>
    run('bash', ['-c', `set -o pipefail; ${command}`], { input: desired, accept: [0, 1, 2] })
  const first = await piped(`${program} diff --desired - --live ${live} | head -n 1`)
  assert.deepEqual([first.code, first.stdout, first.stderr], [1, '===== ConfigMap shop/x1 ===== missing\n', ''])
  const twice = [...desired.split('---\n'), ...desired.split('---\n')].join('---\n')
  const all = join(folder.path, 'all.yaml')
  await writeFile(all, twice)
  const warned = await piped(`${program} diff --desired ${all} --live ${all} 2>&1 >/dev/null | head -n 1`)
  assert.deepEqual([warned.code, warned.stdout.includes('declared more than once')], [0, true])
  const both = await piped(`${program} diff --desired - --live -`)
  assert.equal(both.code, 2)
  assert.match(both.stderr, /only one side can be read from stdin/)
})

test('the values of Secrets are never printed', async () => {
  const secret = (value: string) =>
    `apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\nstringData: {p: ${value}}\n`
  const files = { 'desired/a.yaml': secret('hunter2'), 'live/a.yaml': secret('hunter3').replace('stringData', 'data') }
  for (const output of ['text', 'json'] as const) {
    const run = await diff(files, { output })
    assert.equal(run.code, 1)
    assert.doesNotMatch(run.out + run.err, /hunter|redacted:/)
  }
  const same = await diff({
    'desired/a.yaml': secret('hunter2'),
    'live/a.yaml': secret('aHVudGVyMg==').replace('stringData', 'data'),
  })
  assert.equal(same.code, 0)
})

test('CRDs among the live objects give the schemas of their kinds', async () => {
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { a: { type: 'integer', default: 1 } } } },
  }
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      names: { kind: 'Widget', plural: 'widgets' },
      versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }],
    },
  }
  const widget = (spec: object) => {
    const fieldsV1 = { 'f:spec': { 'f:a': {} } }
    const managedFields = [{ manager: 'kustomize-controller', operation: 'Apply', fieldsV1 }]
    return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', managedFields }, spec }
  }
  const compare = (live: object) =>
    diff({
      'desired/a.json': JSON.stringify(widget({})),
      'live/a.jsonl': `${JSON.stringify(crd)}\n${JSON.stringify(live)}`,
    })
  assert.equal((await compare(widget({ a: 1 }))).code, 0)
  assert.equal((await compare(widget({ a: 2 }))).code, 1)
})

test('a large part of the dataset goes through the command as it is', async () => {
  const seen = new Set<string>()
  const chosen = readAccuracyCases().filter(({ group, manner, live, desired }) => {
    const key = `${desired.apiVersion}/${desired.kind}/${desired.metadata.namespace}/${desired.metadata.name}`
    if (group !== 'clean' || manner !== 'ssa' || live === undefined || seen.has(key)) return false
    seen.add(key)
    return true
  })
  assert.ok(chosen.length > 300)
  const lines = (side: 'desired' | 'live') => chosen.map((one) => JSON.stringify(one[side])).join('\n')
  const run = await diff(
    { 'desired/all.jsonl': lines('desired'), 'live/all.jsonl': lines('live') },
    { output: 'json', manager: ['kustomize-controller'] },
  )
  assert.deepEqual([run.code, run.err, objectsOf(run).length], [0, '', chosen.length])
})
