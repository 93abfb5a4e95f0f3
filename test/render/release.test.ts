import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Encrypted } from '../../src/model/encrypted.ts'
import { CodedError, type Failure } from '../../src/model/failure.ts'
import type { RenderedObject } from '../../src/model/sources/rendering.ts'
import { renderRelease } from '../../src/render/release/render-release.ts'
import { redacted } from '../../src/render/rendered-objects.ts'

const KEY = Buffer.alloc(32, 7)
const MANIFEST = `---
# Source: web/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {password: hunter2}
---
# Source: web/templates/service.yaml
apiVersion: v1
kind: Service
metadata: {name: web, namespace: other}
spec: {ports: [{port: 80}]}
`

function stored(release: unknown): string {
  return gzipSync(JSON.stringify(release)).toString('base64')
}

function render(storage: string): readonly RenderedObject[] {
  const storedRelease = { namespace: 'shop', release: 'web', storage: storage as Encrypted }
  return renderRelease(
    storedRelease,
    (text) => text,
    (object) => redacted(object, KEY),
    1000,
  )
}

function failureOf(storage: string): Failure {
  try {
    render(storage)
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error))
    assert.doesNotMatch(error.message, /hunter2/)
    return error.failure
  }
  return assert.fail('it was rendered')
}

test('a release is what its manifest says, all of it confidential and Secrets redacted', () => {
  const objects = render(stored({ name: 'web', manifest: MANIFEST, hooks: [{ manifest: 'kind: Pod' }] }))
  assert.deepEqual(
    objects.map(({ object, action, confidential }) => [object.kind, action, confidential]),
    [
      ['Secret', 'apply', true],
      ['Service', 'apply', true],
    ],
  )
  assert.doesNotMatch(JSON.stringify(objects), /hunter2/)
})

test('a release that was not compressed is read, too', () => {
  const text = Buffer.from(JSON.stringify({ manifest: MANIFEST })).toString('base64')
  assert.equal(render(text).length, 2)
})

test('what is no release is a coded error without its content', () => {
  assert.equal(failureOf('').code, 'GDE_HELM_STORAGE')
  assert.equal(failureOf('%%%').code, 'GDE_HELM_STORAGE')
  assert.equal(failureOf(gzipSync('{"manifest": hunter2').toString('base64')).code, 'GDE_HELM_STORAGE')
  assert.equal(failureOf(gzipSync('[]').toString('base64').slice(0, 30)).code, 'GDE_HELM_STORAGE')
  assert.equal(failureOf(stored([])).code, 'GDE_HELM_STORAGE')
  assert.equal(failureOf(stored({ manifest: 7 })).code, 'GDE_HELM_STORAGE')
  assert.equal(failureOf(stored({ manifest: 'kind: [hunter2' })).code, 'GDE_RENDER_YAML')
  assert.equal(failureOf(stored({ manifest: 'kind: Pod' })).code, 'GDE_RENDER_OBJECT')
})

test('a release that inflates without end is refused', () => {
  const bomb = gzipSync(Buffer.alloc(80 << 20)).toString('base64')
  assert.equal(failureOf(bomb).code, 'GDE_TOO_LARGE')
})
