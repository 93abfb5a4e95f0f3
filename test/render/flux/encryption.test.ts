import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RenderedObject } from '../../../src/model/sources/rendering.ts'
import { fluxSnapshot, renderKustomization } from './rendering.ts'

/** What kustomize-controller decrypts, without keys for it (internal/decryptor of its source). */
const environment = fluxSnapshot()

const MAC = '{mac: "ENC[AES256_GCM,data:bWFj]", version: 3.9.0}'

async function renderedFrom(files: Readonly<Record<string, string>>): Promise<readonly RenderedObject[]> {
  const below = Object.fromEntries(Object.entries(files).map(([name, text]) => [`case/${name}`, text]))
  const old = Object.fromEntries(before.map((name) => [name, undefined]))
  before = Object.keys(below)
  const tree = await environment.commit({ ...old, ...below })
  return renderKustomization([tree], { path: './case', spec: { decrypts: true } }).objects
}
let before: readonly string[] = []

test('values of a whole manifest that is encrypted are not compared', async () => {
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n'
  const values = `stringData: {k: "ENC[AES256_GCM,data:x]", plain: y}\nsops: ${MAC}\n`
  const [rendered] = await renderedFrom({ 'a.yaml': secret + values })
  assert.equal(rendered?.object.sops, undefined)
  assert.deepEqual(rendered?.unstable, ['/data/k'])
  const release =
    'apiVersion: example.com/v1\nkind: Release\nmetadata: {name: r}\n' +
    `spec: {plain: x, ports: [1, "ENC[AES256_GCM,data:y]"], of~/: {key: "ENC[AES256_GCM,data:z]"}}\nsops: ${MAC}\n`
  const [custom] = await renderedFrom({ 'r.yaml': release })
  assert.deepEqual(custom?.unstable, ['/spec/of~0~1/key', '/spec/ports/1'])
})

test('a field called sops without a mac encrypts nothing, and stays', async () => {
  const release =
    'apiVersion: example.com/v1\nkind: Release\nmetadata: {name: r}\nspec: {x: "ENC[AES256_GCM,data:y]"}\n'
  const [custom] = await renderedFrom({ 'r.yaml': `${release}sops: {version: 3.9.0}\n` })
  assert.deepEqual(custom?.object.sops, { version: '3.9.0' })
  assert.equal(custom?.unstable, undefined)
})

test('an object whose annotation disables decryption is applied as it stands', async () => {
  const manifest = (value: string) =>
    'apiVersion: example.com/v1\nkind: Release\n' +
    `metadata: {name: r, annotations: {kustomize.toolkit.fluxcd.io/decrypt: ${value}}}\n` +
    `spec: {x: "ENC[AES256_GCM,data:y]"}\nsops: ${MAC}\n`
  const [disabled] = await renderedFrom({ 'r.yaml': manifest('Disabled') })
  assert.notEqual(disabled?.object.sops, undefined)
  assert.equal(disabled?.unstable, undefined)
  const [enabled] = await renderedFrom({ 'r.yaml': manifest('enabled') })
  assert.equal(enabled?.object.sops, undefined)
  assert.deepEqual(enabled?.unstable, ['/spec/x'])
})

test('a file in a Secret that is encrypted as a whole is not compared, whatever its format', async () => {
  const secret = (content: string) =>
    'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n' +
    `data: {of~/.json: ${Buffer.from(content).toString('base64')}, plain: eA==}\n`
  for (const content of [
    '{"sops": {"mac": "ENC[AES256_GCM,data:x]"}}',
    'sops:\n  mac: ENC[AES256_GCM,data:x]\n',
    'sops_mac=ENC[AES256_GCM,data:x]\n',
    '[sops]\nmac = ENC[AES256_GCM,data:x]\n',
  ]) {
    const [rendered] = await renderedFrom({ 'a.yaml': secret(content) })
    assert.deepEqual(rendered?.unstable, ['/data/of~0~1.json'], content)
  }
  const [plain] = await renderedFrom({ 'a.yaml': secret('k: about ENC[AES256_GCM,\n') })
  assert.equal(plain?.unstable, undefined)
})

test('a ConfigMap is not decrypted, whether a file of it or a generator of it is encrypted', async () => {
  const [declared] = await renderedFrom({
    'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: "sops_mac=ENC[AES256_GCM,data:x]"}\n',
  })
  assert.deepEqual(declared?.object.data, { k: 'sops_mac=ENC[AES256_GCM,data:x]' })
  assert.equal(declared?.unstable, undefined)
  const [generated] = await renderedFrom({
    'kustomization.yaml': 'configMapGenerator: [{name: a, files: [b.env], envs: [b.env]}]\n',
    'b.env': 'sops_mac=ENC[AES256_GCM,data:x]\n',
  })
  assert.deepEqual(generated?.object.data, {
    'b.env': 'sops_mac=ENC[AES256_GCM,data:x]\n',
    sops_mac: 'ENC[AES256_GCM,data:x]',
  })
})

test('what is generated and patched from an encrypted file has a name and values that nobody knows', async () => {
  const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'
  const cases: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['secretGenerator: [{name: a, files: [b.yaml]}]\n', { 'b.yaml': 'sops:\n  mac: ENC[x]\n' }],
    ['secretGenerator: [{name: a, files: [key.env=b]}]\n', { b: 'sops_mac=ENC[x]\n' }],
    ['secretGenerator: [{name: a, files: [b]}]\n', { b: '{"sops": {"mac": "ENC[x]"}}' }],
    ['secretGenerator: [{name: a, envs: [b]}]\n', { b: 'sops_mac=ENC[x]\n' }],
    ['secretGenerator: [{name: a, envs: [b.ini]}]\n', { 'b.ini': '[sops]\nmac = ENC[x]\n' }],
    [
      'patches: [{path: b.yaml}]\nresources: [c.yaml]\n',
      { 'b.yaml': `${config}sops:\n  mac: ENC[x]\n`, 'c.yaml': config },
    ],
  ]
  for (const [kustomization, files] of cases) {
    for (const [folder, root] of [
      ['', undefined],
      ['base/', 'resources: [base]\n'],
      ['part/', 'components: [part]\n'],
    ] as const) {
      const kind = folder === 'part/' ? 'kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n' : ''
      const placed = Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}${name}`, text]))
      const all = { ...placed, [`${folder}kustomization.yaml`]: kind + kustomization }
      const file = `case/${folder}${Object.keys(files)[0]}`
      await assert.rejects(
        renderedFrom({ ...all, ...(root !== undefined && { 'kustomization.yaml': root }) }),
        (error: Error & { failure?: { file?: string } }) =>
          error.name === 'GDE_DECRYPTION_KEY' && error.failure?.file === file,
        kustomization,
      )
    }
  }
})

test('a file of another format than its name says is not decrypted', async () => {
  const [secret] = await renderedFrom({
    'kustomization.yaml': 'secretGenerator: [{name: a, files: [b.yaml], options: {disableNameSuffixHash: true}}]\n',
    'b.yaml': 'sops_mac=ENC[x]\n',
  })
  assert.equal(secret?.object.metadata.name, 'a')
})
