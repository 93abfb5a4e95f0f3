import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { savedObject } from '../../src/engine/desired/packed-object.ts'
import { LiveContent } from '../../src/engine/live/live-content.ts'
import { packLive, unpackLive } from '../../src/engine/live/live-object.ts'
import { createLiveFile, MAX_LIVE_BYTES } from '../../src/engine/state/live-file.ts'
import { LiveDecoder, LiveEncoder, type SavedCluster } from '../../src/engine/state/live-format.ts'
import { asKubernetesObject } from '../../src/kubernetes/object.ts'
import { printJson } from '../../src/kubernetes/serialization/json.ts'
import { CodedError } from '../../src/model/failure.ts'
import fc from '../fast-check.ts'
import { temporaryFolder } from '../servers/folder.ts'

function cluster(name: string, values: readonly string[]): SavedCluster {
  const objects = values.map((value, index) => {
    const metadata = { name: `é:${index}`, namespace: 'shop', uid: `${name}-${index}` }
    const object = asKubernetesObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } })
    const { content, own } = packLive(object)
    const { packed, mark } = content
    return { namespace: 'shop', name: `é:${index}`, content: { packed, mark }, own }
  })
  const versions = new Map([['shop', '17']])
  return {
    name,
    marks: ['one', 'two'],
    kinds: [{ group: '', kind: 'ConfigMap', lineage: 'x', versions, marks: 1, objects }],
  }
}

function encoded(clusters: readonly SavedCluster[]): readonly Buffer[] {
  const encoder = new LiveEncoder()
  return [encoder.head(12345.5), ...clusters.map((one) => encoder.cluster(one))]
}

async function stateFolder(t: TestContext): Promise<string> {
  const folder = await temporaryFolder('live-file')
  t.after(() => folder.close())
  return folder.path
}

test('clusters are read as they were written, each once, in any order, and what they share stands once', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), { maxLength: 5 }), (all) => {
      const clusters = all.map((values, index) => cluster(`cluster-${index}`, values))
      const decoder = new LiveDecoder(Buffer.concat(encoded(clusters)))
      assert.equal(decoder.savedAt, 12345.5)
      for (const one of clusters.toReversed()) {
        assert.deepEqual(decoder.take(one.name), one)
        assert.equal(decoder.take(one.name), undefined)
      }
      assert.equal(decoder.take('nobody'), undefined)
    }),
  )
  const incompressible = randomBytes(4000).toString('hex')
  const [one, two] = [1, 2].map((count) =>
    Buffer.concat(encoded(Array.from({ length: count }, (_, index) => cluster(`cluster-${index}`, [incompressible])))),
  )
  assert.ok((two?.length ?? 0) - (one?.length ?? 0) < 500)
})

test('whatever else the bytes are, it is a coded error and not a guess', () => {
  const whole = Buffer.concat(encoded([cluster('one', ['a', 'b']), cluster('two', ['a'])]))
  const read = (bytes: Buffer): void => {
    try {
      const decoder = new LiveDecoder(bytes)
      for (const name of ['one', 'two']) decoder.take(name)
    } catch (error) {
      assert.ok(error instanceof CodedError && error.failure.code === 'GDE_STATE_DAMAGED', String(error))
    }
  }
  for (let length = 0; length < whole.length; length += 1) read(whole.subarray(0, length))
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 }), (at, bytes) => {
      const altered = Buffer.from(whole)
      altered.set(bytes.slice(0, whole.length - at), at)
      read(altered)
    }),
  )
})

test('the file is taken once, is for its owner alone, and no draft stays behind', async (t) => {
  const folder = join(await stateFolder(t), 'state')
  const file = createLiveFile(folder)
  assert.equal(await file.take(), undefined)
  const chunks = encoded([cluster('one', ['a'])])
  await file.write(chunks)
  await file.write(chunks)
  assert.deepEqual(await readdir(folder), ['live-objects'])
  assert.equal((await stat(join(folder, 'live-objects'))).mode & 0o777, 0o600)
  assert.deepEqual(await file.take(), Buffer.concat(chunks))
  assert.equal(await file.take(), undefined)
})

test('one altered bit anywhere, or a missing end, and the file is not used', async (t) => {
  const folder = await stateFolder(t)
  const file = createLiveFile(folder)
  const path = join(folder, 'live-objects')
  await file.write(encoded([cluster('one', ['a'])]))
  const whole = await readFile(path)
  for (let at = 0; at < whole.length; at += 7) {
    const altered = Buffer.from(whole)
    altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8))
    await writeFile(path, altered)
    await assert.rejects(file.take(), { name: 'GDE_STATE_DAMAGED' })
    await writeFile(path, whole.subarray(0, at))
    await assert.rejects(file.take(), { name: 'GDE_STATE_DAMAGED' })
    assert.deepEqual(await readdir(folder), [])
  }
})

test('what is no file of a usual size is not read', async (t) => {
  const folder = await stateFolder(t)
  const path = join(folder, 'live-objects')
  await writeFile(join(folder, 'elsewhere'), 'of somebody else')
  await symlink(join(folder, 'elsewhere'), path)
  await assert.rejects(createLiveFile(folder).take(), { name: 'GDE_STATE_DAMAGED' })
  assert.equal(await readFile(join(folder, 'elsewhere'), 'utf8'), 'of somebody else')
  await writeFile(`${path}-large`, '')
  await truncate(`${path}-large`, MAX_LIVE_BYTES * 2)
  execFileSync('mv', [`${path}-large`, path])
  await assert.rejects(createLiveFile(folder).take(), { name: 'GDE_TOO_LARGE' })
  execFileSync('mkfifo', [path])
  await assert.rejects(createLiveFile(folder).take(), { name: 'GDE_STATE_DAMAGED' })
})

test('a folder that cannot be written to is reported as such', async (t) => {
  const folder = await stateFolder(t)
  await writeFile(join(folder, 'state'), 'a file')
  await assert.rejects(createLiveFile(join(folder, 'state')).write([]), { name: 'GDE_STATE_DIRECTORY' })
})

test('how objects are packed is a part of the format: where this fails, raise the number in MAGIC of live-format.ts', () => {
  const object = asKubernetesObject({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', status: { replicas: 1 }, spec: { replicas: 1 } },
    metadata: {
      ...{ name: 'web', namespace: 'shop', uid: '0f', creationTimestamp: '2026-01-01T00:00:00Z', generation: 3 },
      ...{ resourceVersion: '9', labels: { app: 'web' }, finalizers: ['a'] },
      managedFields: [{ manager: 'm', operation: 'Apply', time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:spec': {} } }],
    },
  })
  const packed = savedObject(Buffer.from(PACKED, 'hex').toString('latin1'))
  const { content, own } = packLive(object)
  assert.deepEqual([content.mark, own], [MARK, OWN])
  assert.equal(
    printJson(unpackLive({ content: LiveContent.ofPacked(packed, MARK), own: OWN })),
    printJson(unpackLive({ content, own })),
  )
})

/** By the second version of the format. */
const PACKED =
  '23290e60750fa27e03b59c61be05d90eb5b43c3509cddee28c7c504284588ac3aba01482e60f9041a0dc9499979893590569d229252ac5c27212725186c85ba0062beebc64805e8c41bd555b5b1b5b5b0b00'
const MARK = 'FRtGVAC01GI0Hdfx'
const OWN = '0f\n2026-01-01T00:00:00Z\n2026-01-01T00:00:00Z'
