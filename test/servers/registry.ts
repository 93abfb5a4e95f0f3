import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Agent, request } from 'undici'
import { toolPath } from '../tools/build.ts'
import { type CertificateAuthority, createCertificateAuthority } from './certificate.ts'
import { temporaryFolder } from './folder.ts'
import { freePort } from './port.ts'
import { startProgram, waitUntilReady } from './process.ts'
import { type StaticServer, startStaticServer } from './static-server.ts'

export interface RegistryOptions {
  /** Who may read and write; absent is everybody, without a token. */
  readonly user?: { readonly name: string; readonly password: string /** For `basic`. */; readonly bcrypt?: string }
  /** A refresh token that the token server takes for that user. */
  readonly identityToken?: string
  /** `token` of a server of its own, or the password itself. */
  readonly auth?: 'token' | 'basic'
  /** Anybody gets a token to read. */
  readonly anonymousRead?: boolean
  /** Blobs are given by another server, to which the registry redirects. */
  readonly redirectBlobs?: boolean
}

/** What is pushed: layers by their type, and what else the manifest says. */
export interface Artifact {
  readonly config?: string
  readonly layers: readonly { readonly mediaType: string; readonly content: Buffer }[]
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string
  readonly ca: string
  readonly authority: CertificateAuthority
  /** `METHOD path status`, as its log has them. */
  readonly requests: readonly string[]
  /** `Authorization` of requests for tokens. */
  readonly tokenRequests: readonly (string | undefined)[]
  /** Where blobs are redirected to. */
  readonly blobs: StaticServer | undefined
  /** @returns the digest of the manifest */
  push(name: string, tag: string, artifact: Artifact): Promise<string>
  /** @returns the digest of an index of these manifests */
  pushIndex(name: string, tag: string, manifests: readonly object[]): Promise<string>
  /** The end of its log. */
  output(): string
  close(): Promise<void>
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

/** The real registry (CNCF distribution) with TLS, on 127.0.0.1. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const folder = await temporaryFolder('registry')
  const authority = createCertificateAuthority()
  const tls = authority.issue({ commonName: 'registry', hosts: ['127.0.0.1'] })
  const storage = join(folder.path, 'storage')
  await mkdir(storage)
  const blobs = options.redirectBlobs === true ? await startStaticServer({ folder: storage, tls }) : undefined
  const tokens = options.auth === 'token' ? await startTokenServer(options, authority, folder.path) : undefined
  await writeFile(join(folder.path, 'cert.pem'), tls.certificate)
  await writeFile(join(folder.path, 'key.pem'), tls.key)
  const basic = options.auth === 'basic' ? await passwordFile(options, folder.path) : undefined
  const port = await freePort()
  const config = {
    version: '0.1',
    log: { accesslog: { disabled: false }, level: 'error' },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: true },
      ...(blobs === undefined ? {} : { redirect: { disable: false } }),
    },
    ...(blobs === undefined
      ? {}
      : { middleware: { storage: [{ name: 'redirect', options: { baseurl: blobs.url } }] } }),
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'of this test',
      tls: { certificate: join(folder.path, 'cert.pem'), key: join(folder.path, 'key.pem') },
    },
    ...(tokens === undefined ? {} : { auth: { token: tokens.config } }),
    ...(basic === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: basic } } }),
  }
  await writeFile(join(folder.path, 'config.json'), JSON.stringify(config))
  const requests: string[] = []
  const program = startProgram({
    name: 'registry',
    program: toolPath('registry'),
    args: ['serve', join(folder.path, 'config.json')],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    onOutput: (text) => {
      for (const [, method, path, status] of text.matchAll(/"([A-Z]+) (\/v2\/\S*) HTTP\/[\d.]+" (\d+)/g))
        requests.push(`${method} ${path} ${status}`)
    },
  })
  const agent = new Agent({ connect: { ca: authority.certificate } })
  const host = `127.0.0.1:${port}`
  const close = async () => {
    await agent.destroy()
    await program.close()
    await tokens?.close()
    await blobs?.close()
    await folder.close()
  }
  await waitUntilReady(program, 'registry', 60, async () => {
    const answer = await request(`https://${host}/v2/`, { dispatcher: agent }).catch(() => undefined)
    await answer?.body.dump()
    return answer?.statusCode === 200 || answer?.statusCode === 401 ? true : undefined
  })
  const put = async (name: string, path: string, type: string, body: Buffer): Promise<void> => {
    const authorization = tokens === undefined ? {} : { authorization: `Bearer ${tokens.tokenFor(name)}` }
    const headers = { 'content-type': type, ...authorization }
    let url = `https://${host}/v2/${name}/${path}`
    if (path === 'blobs/uploads/') {
      const started = await request(url, { dispatcher: agent, method: 'POST', headers })
      await started.body.dump()
      const location = new URL(String(started.headers.location), url)
      location.searchParams.set('digest', sha256(body))
      url = location.href
    }
    const answer = await request(url, { dispatcher: agent, method: 'PUT', headers, body })
    const text = await answer.body.text()
    if (answer.statusCode !== 201) throw new Error(`the registry answers ${answer.statusCode} to ${path}: ${text}`)
  }
  const putManifest = async (name: string, tag: string, type: string, manifest: object): Promise<string> => {
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, ...manifest }))
    await put(name, `manifests/${tag}`, type, body)
    return sha256(body)
  }
  return {
    host,
    ca: authority.certificate,
    authority,
    requests,
    tokenRequests: tokens?.requests ?? [],
    blobs,
    push: async (name, tag, { config: configType = 'application/vnd.test.config+json', layers, annotations }) => {
      const parts = [{ mediaType: configType, content: Buffer.from('{}') }, ...layers]
      for (const { content } of parts) await put(name, 'blobs/uploads/', 'application/octet-stream', content)
      const [first, ...rest] = parts.map(({ mediaType, content }) => ({
        mediaType,
        digest: sha256(content),
        size: content.length,
      }))
      return putManifest(name, tag, MANIFEST, { config: first, layers: rest, annotations })
    },
    pushIndex: (name, tag, manifests) => putManifest(name, tag, INDEX, { manifests }),
    output: () => program.output(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

async function passwordFile({ user }: RegistryOptions, folder: string): Promise<string> {
  if (user?.bcrypt === undefined) throw new Error('a registry with passwords needs the hash of one')
  const path = join(folder, 'htpasswd')
  await writeFile(path, `${user.name}:${user.bcrypt}\n`)
  return path
}

/** Gives tokens as the specification of distribution has it. */
async function startTokenServer(options: RegistryOptions, authority: CertificateAuthority, folder: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const [issuer, service] = ['test tokens', 'test registry']
  const jwks = join(folder, 'jwks.json')
  await writeFile(
    jwks,
    JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'ES256' }] }),
  )
  const tokenFor = (name: string, actions = ['pull', 'push']): string => {
    const now = Math.floor(Date.now() / 1000)
    const access = [{ type: 'repository', name, actions }]
    const claims = {
      iss: issuer,
      sub: '',
      aud: service,
      exp: now + 300,
      nbf: now - 60,
      iat: now,
      jti: `${now}`,
      access,
    }
    const parts = [{ alg: 'ES256', typ: 'JWT', kid: 'test' }, claims]
    const unsigned = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    const signature = sign('sha256', Buffer.from(unsigned), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${unsigned}.${signature.toString('base64url')}`
  }
  const requests: (string | undefined)[] = []
  const { user, anonymousRead, identityToken } = options
  const expected = user && `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`
  const tls = authority.issue({ commonName: 'tokens', hosts: ['127.0.0.1'] })
  const server = createServer({ cert: tls.certificate, key: tls.key }, async (asked, response) => {
    const { authorization } = asked.headers
    requests.push(authorization)
    const form = asked.method === 'POST' ? new URLSearchParams(await text(asked)) : undefined
    const isRefresh = form?.get('grant_type') === 'refresh_token' && form.get('refresh_token') === identityToken
    const isUser = form === undefined ? authorization === expected : isRefresh
    if (!isUser && !(anonymousRead === true && authorization === undefined)) {
      response.writeHead(401).end('{}')
      return
    }
    const asking = form ?? new URL(asked.url ?? '', 'https://host').searchParams
    const scope = asking.get('scope') ?? ''
    const name = scope.split(':')[1] ?? ''
    const token = tokenFor(name, isUser ? ['pull', 'push'] : ['pull'])
    response.end(JSON.stringify({ [form === undefined ? 'token' : 'access_token']: token, expires_in: 300 }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the token server has no port')
  return {
    requests,
    tokenFor,
    config: {
      realm: `https://127.0.0.1:${address.port}/token`,
      service,
      issuer,
      jwks,
      signingalgorithms: ['ES256'],
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
