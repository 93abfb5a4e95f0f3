import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RepositorySpec } from '../../src/model/apps/inventory.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startProxy } from '../servers/git-http-backend.ts'
import { type StaticBehaviour, startStaticServer } from '../servers/static-server.ts'
import { openSource, sourceSpec } from './source-under-test.ts'

/** Where a server of a tenant may point to, and what must not be asked. */
const METADATA = 'https://169.254.169.254/latest'
const DIGEST = `sha256:${'a'.repeat(64)}`

const redirect: StaticBehaviour = (_request, response) => {
  response.writeHead(307, { location: METADATA }).end()
  return true
}
const manifest = JSON.stringify({
  layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', digest: DIGEST, size: 9 }],
})

const HOPS: Readonly<
  Record<string, { type: NonNullable<RepositorySpec['type']>; revision: string; behaviour: StaticBehaviour }>
> = {
  'a redirect of a file': { type: 'file', revision: '', behaviour: redirect },
  'a redirect of an index': { type: 'helm', revision: 'web@1.0.0', behaviour: redirect },
  'the URL of a chart in an index': {
    type: 'helm',
    revision: 'web@1.0.0',
    behaviour: (_request, response) => {
      response.end(`entries:\n  web:\n  - version: 1.0.0\n    urls: ["${METADATA}/web.tgz"]\n`)
      return true
    },
  },
  'where a registry has tokens': {
    type: 'oci',
    revision: '1.0.0',
    behaviour: (_request, response) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${METADATA}",service="x"` }).end()
      return true
    },
  },
  'where a registry has a blob': {
    type: 'oci',
    revision: '1.0.0',
    behaviour: (request, response) => {
      if (request.url?.includes('/blobs/') === true) return redirect(request, response)
      response.end(manifest)
      return true
    },
  },
}

for (const [what, { type, revision, behaviour }] of Object.entries(HOPS))
  test(`${what} leads to no address that a URL of a resource may not name`, async () => {
    await using folder = await temporaryFolder('hops')
    const authority = createCertificateAuthority()
    const tls = authority.issue({ commonName: 'tenant', hosts: ['files.example.com'] })
    await using server = await startStaticServer({ folder: folder.path, tls })
    server.behaviour = behaviour
    // The first host is permitted, and a proxy stands for the network that it is in.
    await using proxy = await startProxy({ allTo: Number(new URL(server.url).port) })
    const url = type === 'oci' ? 'oci://files.example.com/web' : 'https://files.example.com/charts'
    const spec = sourceSpec(type, url, { ca: authority.certificate, proxy: proxy.url, untrusted: true })
    await using source = openSource(folder.path, spec)
    await source.fails(revision, 'GDE_NOT_PERMITTED', /169\.254\.169\.254 is a .* address/)
    assert.ok(proxy.targets.length > 0)
    assert.ok(proxy.targets.every((target) => !target.includes('169.254')))
  })
