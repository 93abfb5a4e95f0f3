import { writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { hashSync } from 'bcryptjs'
import { type Certificate, createCertificateAuthority } from '../servers/certificate.ts'
import { type TemporaryFolder, temporaryFolder } from '../servers/folder.ts'

export const AUTHORITY = createCertificateAuthority('server authority')
export const CLIENTS = createCertificateAuthority('client authority')
export const PASSWORD = 'correct horse'
/** The least cost, so that tests are quick. */
export const HASH = hashSync(PASSWORD, 4)

export interface WebConfigFiles extends TemporaryFolder {
  /** Absolute path of the web config. */
  readonly file: string
  write(name: string, content: string | Uint8Array): Promise<void>
  /** The certificate of the server and its key. */
  writeServer(certificate: Certificate): Promise<void>
}

export function serverCertificate(): Certificate {
  return AUTHORITY.issue({ commonName: 'exporter', hosts: ['127.0.0.1', 'localhost'] })
}

/** A folder with `web.yaml`, `server.crt`, `server.key` and `clients.crt`. `config` is JSON, which is YAML. */
export async function webConfigFiles(config: object): Promise<WebConfigFiles> {
  const folder = await temporaryFolder('web-config')
  const write = (name: string, content: string | Uint8Array) => writeFile(join(folder.path, name), content)
  const writeServer = async ({ certificate, key }: Certificate) => {
    await write('server.crt', certificate)
    await write('server.key', key)
  }
  await writeServer(serverCertificate())
  await write('clients.crt', CLIENTS.certificate)
  await write('web.yaml', JSON.stringify(config))
  return { ...folder, file: join(folder.path, 'web.yaml'), write, writeServer }
}

export const SERVER = { cert_file: 'server.crt', key_file: 'server.key' } as const

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
  /** Of the server's certificate. */
  readonly fingerprint: string
  readonly protocol: string | null
}

export interface AskOptions {
  readonly client?: Certificate
  readonly authorization?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
  readonly method?: string
}

/** One request by https over a connection of its own. It rejects where the server hangs up. */
export function ask(
  url: string,
  { client, authorization, headers, maxVersion, method }: AskOptions = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const asking = request(url, {
    ca: AUTHORITY.certificate,
    agent: false,
    ...(method !== undefined && { method }),
    ...(client !== undefined && { cert: client.certificate, key: client.key }),
    ...(maxVersion !== undefined && { maxVersion }),
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
  })
  asking.on('error', reject)
  asking.on('response', (response) => {
    const { socket } = response
    const isSecure = socket instanceof TLSSocket
    const fingerprint = isSecure ? socket.getPeerCertificate().fingerprint256 : ''
    const protocol = isSecure ? socket.getProtocol() : null
    text(response).then(
      (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body, fingerprint, protocol }),
      reject,
    )
  })
  asking.end()
  return promise
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
