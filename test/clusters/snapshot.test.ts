import assert from 'node:assert/strict'
import { mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connectCluster } from '../../src/clusters/connect.ts'
import { packJson } from '../../src/clusters/snapshot/packed-json.ts'
import type { ClusterConnector } from '../../src/model/clusters/cluster.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { observe } from './collect.ts'

const CONFIG_MAP = { group: '', kind: 'ConfigMap' }
const SECRET = { group: '', kind: 'Secret' }
const NEVER = new AbortController().signal

interface Snapshot {
  readonly folder: string
  readonly connector: ClusterConnector
  write(file: string, text: string | Uint8Array): Promise<void>
  /** `namespace/name` of each ConfigMap, when the file was read. */
  configMaps(): Promise<readonly string[]>
}

async function snapshot(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
  kinds: readonly string[] = [],
): Promise<Snapshot> {
  const folder = await temporaryFolder('snapshot')
  const write = async (file: string, text: string | Uint8Array) => {
    await mkdir(dirname(join(folder.path, file)), { recursive: true })
    await writeFile(join(folder.path, file), text)
  }
  for (const [file, text] of Object.entries(files)) await write(file, text)
  const connector = connectCluster(
    { name: 'copy', labels: {}, access: { type: 'snapshot', path: folder.path, kinds } },
    { redactionKey: new Uint8Array(32) },
  )
  t.after(async () => {
    await connector.close()
    await folder.close()
  })
  const configMaps = async () => {
    await using observation = observe(connector, CONFIG_MAP)
    const eventTexts = await observation.until('Synced')
    return eventTexts
      .flatMap((eventText) => (eventText.startsWith('Upsert ') ? [eventText.slice('Upsert '.length)] : []))
      .sort()
  }
  return { folder: folder.path, connector, write, configMaps }
}

function yaml(name: string, value = '1', namespace = 'shop'): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata: {value: "${value}"}\n`
}

function json(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } })
}

async function lostBy(connector: ClusterConnector): Promise<Failure> {
  await using observation = observe(connector, CONFIG_MAP)
  while (observation.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  const [event] = observation.events
  assert.equal(event?.type, 'Lost')
  return event?.type === 'Lost' ? event.failure : assert.fail()
}

test('documents, lists, JSON and JSON lines are read from every folder below', async (t) => {
  const { configMaps } = await snapshot(t, {
    'several.yaml': `${yaml('a')}---\n# nothing here\n---\n${yaml('b')}`,
    'deep/er/list.yml': `apiVersion: v1\nkind: List\nitems:\n- ${yaml('c').trimEnd().replaceAll('\n', '\n  ')}\n`,
    'one.json': JSON.stringify(JSON.parse(json('d')), null, 2),
    'lines.json': `${json('e')}\n${json('f')}\n`,
    'lines.jsonl': `${json('g')}\n\n${json('h')}`,
    'typed.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMapList',
      items: [{ metadata: { name: 'i', namespace: 'shop' } }],
    }),
    'notes.txt': 'not for us',
    '.hidden.yaml': yaml('hidden'),
    '.hidden/x.yaml': yaml('hidden'),
  })
  assert.deepEqual(
    await configMaps(),
    'abcdefghi'.split('').map((name) => `shop/${name}`),
  )
})

test('an object without a namespace lies in default if its kind has namespaces, and in none if not', async (t) => {
  const { connector } = await snapshot(t, {
    'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
    'n.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: stage, namespace: wrong}\n',
  })
  const found = await connector.get({ ...CONFIG_MAP, namespace: 'default', name: 'a' }, NEVER)
  assert.equal(found?.metadata.namespace, 'default')
  const namespace = await connector.get({ group: '', kind: 'Namespace', namespace: '', name: 'stage' }, NEVER)
  assert.equal(namespace?.metadata.namespace, undefined)
})

test('an object that names no namespace is found without one, beside another of its name', async (t) => {
  const written = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {value: written}\n'
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {key: value}\n'
  const files = { 'a.yaml': written, 'b.yaml': yaml('a', 'placed', 'default'), 's.yaml': secret }
  const { connector } = await snapshot(t, files)
  const valueIn = async (namespace: string) =>
    (await connector.get({ ...CONFIG_MAP, namespace, name: 'a' }, NEVER))?.data
  assert.deepEqual(await valueIn(''), { value: 'written' })
  assert.deepEqual(await valueIn('default'), { value: 'placed' })
  assert.equal(await valueIn('shop'), undefined)
  assert.equal((await connector.readSecret('', 's', NEVER))?.data.key?.reveal(), 'value')
  assert.equal(await connector.readSecret('shop', 's', NEVER), undefined)
})

test('of duplicate objects the last one counts, and the warning names both files', async (t) => {
  const { connector } = await snapshot(t, { 'a.yaml': yaml('twin', 'first'), 'b.yaml': yaml('twin', 'last') })
  const found = await connector.get({ ...CONFIG_MAP, namespace: 'shop', name: 'twin' }, NEVER)
  assert.deepEqual(found?.data, { value: 'last' })
  const [warning] = connector.status().warnings ?? []
  assert.equal(warning?.file, 'b.yaml')
  assert.match(warning?.message ?? '', /ConfigMap shop\/twin is in a\.yaml too/)
})

test('objects that two files both hold are one fault of these files, with their number', async (t) => {
  const dump = ['a', 'b', 'c'].map((name) => yaml(name)).join('---\n')
  const { connector } = await snapshot(t, { 'a.yaml': dump, 'b.yaml': dump, 'c.yaml': `${yaml('d')}---\n${yaml('d')}` })
  await connector.capabilities(NEVER)
  assert.deepEqual(
    connector.status().warnings?.map(({ file, message }) => `${file}: ${message}`),
    [
      'b.yaml: ConfigMap shop/a and 2 more objects are in a.yaml too; these count',
      'c.yaml: ConfigMap shop/d is twice in this file; this one counts',
    ],
  )
})

test('a kind that the snapshot does not hold is unknown, one that is listed or has an empty list is complete', async (t) => {
  const empty = JSON.stringify({ apiVersion: 'batch/v1', kind: 'JobList', items: [] })
  const { connector } = await snapshot(t, { 'a.yaml': yaml('a'), 'jobs.json': empty }, ['Secret', 'Deployment.apps'])
  await using secrets = observe(connector, SECRET)
  await secrets.until('Synced')
  await using deployments = observe(connector, { group: 'apps', kind: 'Deployment' })
  await deployments.until('Synced')
  await using jobs = observe(connector, { group: 'batch', kind: 'Job' })
  await jobs.until('Synced')
  await using pods = observe(connector, { group: '', kind: 'Pod' })
  await pods.until('Ended GDE_SNAPSHOT_KIND')
  assert.match(pods.failure?.message ?? '', /holds no Pod, and snapshot\.kinds does not list it/)
  const { failure, kind } = await connector.capabilities(NEVER)
  assert.equal(failure({ group: '', kind: 'Pod' })?.code, 'GDE_SNAPSHOT_KIND')
  assert.equal(failure(CONFIG_MAP), undefined)
  assert.equal(kind({ group: '', kind: 'Pod' })?.namespaced, true)
})

test('capabilities have another version when a kind comes into the snapshot', async (t) => {
  const { connector, write } = await snapshot(t, { 'a.yaml': yaml('a') })
  const before = await connector.capabilities(NEVER)
  assert.equal(await connector.capabilities(NEVER), before)
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
  await write('s.yaml', 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n')
  await write('b.yaml', yaml('b'))
  await observation.until('Upsert shop/b')
  while ((await connector.capabilities(NEVER)).version === before.version) await new Promise(setImmediate)
})

test('the version is that of kubectl version, and else that of the built-in tables', async (t) => {
  const without = await snapshot(t, { 'a.yaml': yaml('a') })
  assert.equal((await without.connector.capabilities(NEVER)).kubeVersion, 'v1.36.0')
  const version = 'clientVersion:\n  gitVersion: v1.35.1\nserverVersion:\n  gitVersion: v1.31.4\n'
  const { connector, configMaps } = await snapshot(t, { 'a.yaml': yaml('a'), 'version.yaml': version })
  assert.equal((await connector.capabilities(NEVER)).kubeVersion, 'v1.31.4')
  assert.deepEqual(await configMaps(), ['shop/a'])
  assert.equal(connector.status().kubeVersion, 'v1.31.4')
})

const BROKEN: readonly { readonly title: string; readonly bytes: string | Uint8Array; readonly line?: number }[] = [
  { title: 'YAML that is none', bytes: `${yaml('a')}---\nkind: {\n`, line: 7 },
  { title: 'a tab where there may be none', bytes: 'apiVersion: v1\nkind:\n\t- x\n', line: 3 },
  { title: 'NUL bytes', bytes: 'apiVersion: v1\nkind: \0\n', line: 2 },
  { title: 'bytes that are not UTF-8', bytes: Uint8Array.of(0xff, 0xfe, 0x41) },
  { title: 'nothing at all', bytes: '' },
  { title: 'an object without a name', bytes: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n', line: 1 },
  { title: 'something that is no object', bytes: '[1, 2]\n', line: 1 },
  {
    title: 'an alias bomb',
    bytes: `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`)
      .join('\n')}\n`,
  },
]
for (const { title, bytes, line } of BROKEN)
  test(`a file with ${title} is named, and heals when it is mended`, async (t) => {
    const { connector, write, configMaps } = await snapshot(t, { 'good.yaml': yaml('good'), 'bad.yaml': bytes })
    const failure = await lostBy(connector)
    assert.ok(['GDE_SNAPSHOT_READ', 'GDE_TOO_LARGE'].includes(failure.code), failure.code)
    assert.equal(failure.file, 'bad.yaml')
    assert.equal(failure.cluster, 'copy')
    if (line !== undefined) assert.equal(failure.line, line)
    assert.equal(connector.status().up, false)
    assert.equal(connector.status().failure?.file, 'bad.yaml')
    await write('bad.yaml', yaml('mended'))
    assert.deepEqual(await configMaps(), ['shop/good', 'shop/mended'])
  })

test('JSON that ends in the middle is named', async (t) => {
  const { connector } = await snapshot(t, {
    'a.json': json('a').slice(0, 40),
    'b.json': `${json('b')}\n{"apiVersion":`,
  })
  assert.equal((await lostBy(connector)).file, 'a.json')
})

test('a file of more than 64 MB is not read', async (t) => {
  const { connector, folder } = await snapshot(t, {})
  await using file = await open(join(folder, 'huge.yaml'), 'w')
  await file.truncate(65 * 1024 * 1024)
  const failure = await lostBy(connector)
  assert.equal(failure.code, 'GDE_TOO_LARGE')
})

test('kinds are listed as kubectl, as manifests and as people name them', async (t) => {
  const listed = ['ConfigMap', 'Deployment', 'v1/Secret', 'batch/v1/CronJob', 'networking.k8s.io/Ingress', 'jobs.batch']
  const { connector } = await snapshot(t, {}, listed)
  const capabilities = await connector.capabilities(NEVER)
  const isHeld = (group: string, kind: string) => capabilities.failure({ group, kind }) === undefined
  assert.ok(isHeld('', 'ConfigMap') && isHeld('apps', 'Deployment') && isHeld('', 'Secret'))
  assert.ok(isHeld('batch', 'CronJob') && isHeld('networking.k8s.io', 'Ingress') && isHeld('batch', 'Job'))
  assert.ok(!isHeld('apps', 'StatefulSet') && !isHeld('', 'Pod'))
})

test('a file that breaks hides the kinds it held, and no others', async (t) => {
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n'
  const { connector, write } = await snapshot(t, { 'maps.yaml': yaml('a'), 'secrets.yaml': secret })
  await using maps = observe(connector, CONFIG_MAP)
  await maps.until('Synced')
  await using secrets = observe(connector, SECRET)
  await secrets.until('Synced')
  await write('maps.yaml', 'kind: {')
  await maps.until('Lost GDE_SNAPSHOT_READ')
  const { up, failure, lastContact } = connector.status()
  assert.equal(up, false)
  assert.equal(failure?.file, 'maps.yaml')
  assert.ok(lastContact !== undefined, 'the rest of the folder is still looked at')
  await write('secrets.yaml', `${secret}---\n${secret.replace('name: s', 'name: t')}`)
  assert.deepEqual(await secrets.until('Upsert shop/t'), ['Upsert shop/t'])
  await write('maps.yaml', yaml('a', '2'))
  assert.deepEqual(await maps.until('Synced'), ['Upsert shop/a', 'Synced'])
})

test('a file that is rewritten with the same objects causes no event', async (t) => {
  const { connector, write } = await snapshot(t, { 'a.yaml': yaml('a') })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
  await write('a.yaml', `# a comment\n${yaml('a')}`)
  await write('b.yaml', yaml('b'))
  assert.deepEqual(await observation.until('Upsert shop/b'), ['Upsert shop/b'])
})

test('an object that moves from one file to another is not missing in between', async (t) => {
  const { connector, folder, write } = await snapshot(t, { 'a.yaml': yaml('moved'), 'b.yaml': yaml('b') })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
  await rename(join(folder, 'a.yaml'), join(folder, 'c.yaml'))
  await write('d.yaml', yaml('d'))
  assert.deepEqual(await observation.until('Upsert shop/d'), ['Upsert shop/d'])
})

test('files may be moved, replaced, and come in new folders', async (t) => {
  const { connector, write, folder } = await snapshot(t, { 'a.yaml': yaml('a') })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
  await write('new/folder/b.yaml', yaml('b'))
  assert.deepEqual(await observation.until('Upsert shop/b'), ['Upsert shop/b'])
  await write('new/folder/c.yaml', yaml('c'))
  assert.deepEqual(await observation.until('Upsert shop/c'), ['Upsert shop/c'])
  await writeFile(join(folder, 'a.tmp'), yaml('a', '2'))
  await rename(join(folder, 'a.tmp'), join(folder, 'a.yaml'))
  assert.deepEqual(await observation.until('Upsert shop/a'), ['Upsert shop/a'])
  await rm(join(folder, 'new'), { recursive: true })
  const gone = [...(await observation.until('Delete shop/b')), ...observation.eventTexts.slice(-1)]
  assert.ok(gone.includes('Delete shop/b'))
})

test('a mounted ConfigMap, which is links to files in a hidden folder, is read once', async (t) => {
  const { connector, folder, write, configMaps } = await snapshot(t, { '..2026_01/a.yaml': yaml('a') })
  await symlink('..2026_01', join(folder, '..data'))
  await symlink('..data/a.yaml', join(folder, 'a.yaml'))
  assert.deepEqual(await configMaps(), ['shop/a'])
  assert.equal(connector.status().warnings, undefined)
  await write('..2026_02/a.yaml', yaml('renewed'))
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Synced')
  await symlink('..2026_02', join(folder, '..tmp'))
  await rename(join(folder, '..tmp'), join(folder, '..data'))
  await observation.until('Upsert shop/renewed')
})

test('links in a circle and links to nothing are passed over', async (t) => {
  const { folder, configMaps } = await snapshot(t, { 'a.yaml': yaml('a') })
  await symlink('.', join(folder, 'again'))
  await symlink('self.yaml', join(folder, 'self.yaml'))
  await symlink('nowhere.yaml', join(folder, 'dangling.yaml'))
  assert.deepEqual(await configMaps(), ['shop/a'])
})

test('a folder that is not there is lost, and found when it comes', async (t) => {
  const parent = await temporaryFolder('snapshot')
  const path = join(parent.path, 'later')
  const connector = connectCluster(
    { name: 'copy', labels: {}, access: { type: 'snapshot', path, kinds: [] } },
    { redactionKey: new Uint8Array(32) },
  )
  t.after(async () => {
    await connector.close()
    await parent.close()
  })
  await using observation = observe(connector, CONFIG_MAP)
  await observation.until('Lost GDE_SNAPSHOT_READ')
  const [event] = observation.events
  assert.match(event?.type === 'Lost' ? event.failure.message : '', /the folder cannot be read \(ENOENT\)/)
  const staged = join(parent.path, 'staged')
  await mkdir(staged)
  await writeFile(join(staged, 'a.yaml'), yaml('a'))
  await rename(staged, path)
  assert.deepEqual(await observation.until('Synced'), ['Upsert shop/a', 'Synced'])
})

test('CRDs tell scope, versions in their order, and schemas', async (t) => {
  const version = (name: string, served = true) => ({
    name,
    served,
    storage: name === 'v1',
    schema: { openAPIV3Schema: { type: 'object', properties: { [`in-${name}`]: { type: 'string' } } } },
  })
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rings.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { kind: 'Ring', plural: 'rings' },
      versions: [version('v1alpha1'), version('v2beta1'), version('v1'), version('v2'), version('v0', false)],
    },
  }
  const foreign = { apiVersion: 'example.org/v3', kind: 'Orphan', metadata: { name: 'o', namespace: 'shop' } }
  const { connector } = await snapshot(t, {
    'crd.json': JSON.stringify(crd),
    'ring.yaml': 'apiVersion: example.com/v1\nkind: Ring\nmetadata: {name: r}\n',
    'orphan.json': JSON.stringify(foreign),
  })
  const { kind, apiVersions } = await connector.capabilities(NEVER)
  const ring = kind({ group: 'example.com', kind: 'Ring' })
  assert.deepEqual(ring?.versions, ['v2', 'v1', 'v2beta1', 'v1alpha1'])
  assert.equal(ring?.namespaced, false)
  assert.ok(apiVersions.includes('example.com/v2beta1/Ring'))
  const orphan = kind({ group: 'example.org', kind: 'Orphan' })
  assert.deepEqual([orphan?.versions, orphan?.namespaced], [['v3'], true])
  const one = await connector.openapi('example.com', 'v1', NEVER)
  const two = await connector.openapi('example.com', 'v2', NEVER)
  assert.notEqual(one?.hash, two?.hash)
  const components = (await one?.read(NEVER))?.document.components as { readonly schemas: JsonObject }
  const schema = components.schemas['com.example.v1.Ring'] as { readonly properties: JsonObject }
  assert.deepEqual(Object.keys(schema.properties), ['in-v1', 'apiVersion', 'kind', 'metadata'])
  assert.equal(await connector.openapi('example.com', 'v0', NEVER), undefined)
})

test('keys that mean something to JavaScript are keys like any others', async (t) => {
  const text =
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop"},"data":{"__proto__":"x","constructor":"y"}}'
  const { connector } = await snapshot(t, { 'a.json': text })
  const found = await connector.get({ ...CONFIG_MAP, namespace: 'shop', name: 'a' }, NEVER)
  assert.deepEqual(Object.entries(found?.data as JsonObject), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
})

test('a parser on another thread is used, and what stops it is tried again', async (t) => {
  const folder = await temporaryFolder('snapshot')
  await writeFile(join(folder.path, 'a.yaml'), yaml('a'))
  const asked: string[] = []
  const connector = connectCluster(
    { name: 'copy', labels: {}, access: { type: 'snapshot', path: folder.path, kinds: [] } },
    {
      redactionKey: new Uint8Array(32),
      parseSnapshotFile: async (_, file) => {
        asked.push(file)
        if (asked.length === 1) throw new CodedError('GDE_TIMEOUT', 'the thread was busy', { file })
        const key = { ...CONFIG_MAP, namespace: 'shop', name: 'parsed' }
        return { objects: [{ key, version: 'v1', json: packJson(json('parsed')) }], emptyLists: [], warnings: [] }
      },
    },
  )
  t.after(async () => {
    await connector.close()
    await folder.close()
  })
  await using observation = observe(connector, CONFIG_MAP)
  assert.deepEqual(await observation.until('Synced'), ['Lost GDE_TIMEOUT', 'Upsert shop/parsed', 'Synced'])
  assert.deepEqual(asked, ['a.yaml', 'a.yaml'])
})

test('a star is every kind: Kubernetes’ own, and those of the CRDs that are there', async (t) => {
  const { connector } = await snapshot(t, { 'a.yaml': yaml('a') }, ['*'])
  const capabilities = await connector.capabilities(NEVER)
  assert.equal(capabilities.failure({ group: 'apps', kind: 'StatefulSet' }), undefined)
  assert.equal(capabilities.kind({ group: 'cache.example.com', kind: 'Redis' }), undefined)
  assert.equal(capabilities.failure({ group: 'cache.example.com', kind: 'Redis' }), undefined)
  await using pods = observe(connector, { group: '', kind: 'Pod' })
  await pods.until('Synced')
})

test('a kind that is listed without an object and without a CRD is cluster-scoped by nothing', async (t) => {
  const { connector } = await snapshot(t, {}, ['Redis.cache.example.com'])
  const redis = (await connector.capabilities(NEVER)).kind({ group: 'cache.example.com', kind: 'Redis' })
  assert.deepEqual([redis?.namespaced, redis?.scopeUnknown], [true, true])
})

const DESCRIPTION = { apiVersion: 'gitops-drift-exporter/v1', kind: 'Snapshot' }
const RELEASE = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'sh.helm.release.v1.a.v2', namespace: 'shop', labels: { owner: 'helm' } },
  type: 'helm.sh/release.v1',
}

test("of a snapshot with Helm's Secrets alone, releases are known and other Secrets are not", async (t) => {
  const { connector } = await snapshot(t, {
    'snapshot.json': JSON.stringify({ ...DESCRIPTION, secrets: 'helm' }),
    'secrets.json': JSON.stringify(RELEASE),
  })
  const selected = connector.observe(SECRET, { fieldSelector: 'type=helm.sh/release.v1' }, NEVER)
  const types: string[] = []
  for await (const { type } of selected) {
    types.push(type)
    if (type === 'Synced') break
  }
  assert.deepEqual(types, ['Upsert', 'Synced'])
  await using all = observe(connector, SECRET)
  await all.until('Ended GDE_SNAPSHOT_LEFT_OUT')
  assert.equal((await connector.capabilities(NEVER)).failure(SECRET)?.code, 'GDE_SNAPSHOT_LEFT_OUT')
  assert.equal((await connector.readSecret('shop', RELEASE.metadata.name, NEVER))?.name, RELEASE.metadata.name)
  // Helm dropped the revision before; a password may be there.
  assert.equal(await connector.readSecret('shop', 'sh.helm.release.v1.a.v1', NEVER), undefined)
  await assert.rejects(connector.readSecret('shop', 'login', NEVER), { name: 'GDE_SNAPSHOT_LEFT_OUT' })
  await assert.rejects(connector.get({ ...SECRET, namespace: 'shop', name: 'login' }, NEVER), {
    name: 'GDE_SNAPSHOT_LEFT_OUT',
  })
})

test('of a snapshot without Secrets none is missing, not even where kinds says that all are there', async (t) => {
  const { connector } = await snapshot(t, { 'a.json': JSON.stringify({ ...DESCRIPTION, secrets: 'none' }) }, ['*'])
  await using secrets = observe(connector, SECRET)
  await secrets.until('Ended GDE_SNAPSHOT_LEFT_OUT')
  await assert.rejects(connector.readSecret('shop', RELEASE.metadata.name, NEVER), { name: 'GDE_SNAPSHOT_LEFT_OUT' })
  await using maps = observe(connector, CONFIG_MAP)
  await maps.until('Synced')
})

test('a snapshot that says what was served knows no other kinds and versions', async (t) => {
  const kinds = [
    { group: '', kind: 'ConfigMap', resource: 'configmaps', namespaced: true, versions: ['v1'], verbs: ['list'] },
  ]
  const leftOut = [{ group: 'apps', message: 'nobody was at home' }]
  const described = { ...DESCRIPTION, kubeVersion: 'v1.30.2', kinds, apiVersions: ['v1', 'v1/ConfigMap'], leftOut }
  const { connector, configMaps } = await snapshot(t, {
    'snapshot.json': JSON.stringify(described),
    'a.yaml': yaml('a'),
  })
  const capabilities = await connector.capabilities(NEVER)
  assert.equal(capabilities.kubeVersion, 'v1.30.2')
  assert.deepEqual(capabilities.apiVersions, ['v1', 'v1/ConfigMap'])
  assert.deepEqual(capabilities.kind(CONFIG_MAP)?.versions, ['v1'])
  assert.equal(capabilities.kind(CONFIG_MAP)?.versionsGuessed, undefined)
  const pod = { group: '', kind: 'Pod' }
  assert.deepEqual([capabilities.kind(pod), capabilities.failure(pod)], [undefined, undefined])
  await using pods = observe(connector, pod)
  await pods.until('Ended GDE_CLUSTER_KIND')
  assert.deepEqual(capabilities.failure({ group: 'apps', kind: 'Deployment' }), {
    code: 'GDE_SNAPSHOT_LEFT_OUT',
    message: 'nobody was at home',
  })
  assert.deepEqual(await configMaps(), ['shop/a'])
})

for (const [what, fields] of Object.entries({
  secrets: { secrets: 'some' },
  kubeVersion: { kubeVersion: 1 },
  leftOut: { leftOut: { group: '' } },
  message: { leftOut: [{ group: '' }] },
  apiVersions: { kinds: [] },
  versions: {
    apiVersions: [],
    kinds: [{ group: '', kind: 'Pod', resource: 'pods', namespaced: true, versions: [], verbs: [] }],
  },
}))
  test(`a description whose ${what} cannot be understood is a fault of its file`, async (t) => {
    const { connector } = await snapshot(t, { 'snapshot.json': JSON.stringify({ ...DESCRIPTION, ...fields }) })
    const failure = await lostBy(connector)
    assert.deepEqual([failure.code, failure.file], ['GDE_SNAPSHOT_READ', 'snapshot.json'])
    assert.match(failure.message, new RegExp(what))
  })
