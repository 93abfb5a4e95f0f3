import { Agent, type Dispatcher, request } from 'undici'
import { type Image, MANIFEST_TYPE } from './assemble.ts'

export interface PushOptions {
  /** `host[:port]/path`, without a tag. */
  readonly repository: string
  readonly tag: string
  readonly login?: { readonly username: string; readonly password: string }
  /** PEM, besides those that are known. */
  readonly ca?: string
}

/** Longest time that a registry may think about one request. */
const ANSWER_MS = 120_000

/** Pushes the image under the tag, and what is attached to it by digest. @throws Error for what the registry refuses */
export async function pushImage(image: Image, attached: readonly Image[], options: PushOptions): Promise<void> {
  const slash = options.repository.indexOf('/')
  if (slash <= 0) throw new Error(`${options.repository} is no HOST/NAME`)
  const base = `https://${options.repository.slice(0, slash)}/v2/${options.repository.slice(slash + 1)}`
  const dispatcher = new Agent({
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
    ...(options.ca !== undefined && { connect: { ca: options.ca } }),
  })
  const send = createSender(dispatcher, options)
  try {
    for (const { blobs, manifest } of [image, ...attached])
      for (const [digest, blob] of blobs) if (digest !== manifest.digest) await pushBlob(send, base, digest, blob)
    for (const { blobs, manifest } of [image, ...attached]) {
      const body = blobs.get(manifest.digest)
      const name = manifest === image.manifest ? options.tag : manifest.digest
      await send('PUT', `${base}/manifests/${name}`, { type: MANIFEST_TYPE, ...(body !== undefined && { body }) })
    }
  } finally {
    await dispatcher.close()
  }
}

interface Sent {
  readonly type?: string
  readonly body?: Uint8Array
  /** Statuses that are answers; 2xx always are. */
  readonly accept?: readonly number[]
}
type Send = (method: 'HEAD' | 'POST' | 'PUT', url: string, sent?: Sent) => Promise<Dispatcher.ResponseData>

async function pushBlob(send: Send, base: string, digest: string, blob: Uint8Array): Promise<void> {
  const known = await send('HEAD', `${base}/blobs/${digest}`, { accept: [404] })
  if (known.statusCode === 200) return
  const started = await send('POST', `${base}/blobs/uploads/`)
  const location = new URL(String(started.headers.location), `${base}/blobs/uploads/`)
  location.searchParams.set('digest', digest)
  await send('PUT', location.href, { type: 'application/octet-stream', body: blob })
}

/** Signs in as the registry asks: with the password itself, or for a token of the server that it names. */
function createSender(dispatcher: Dispatcher, { login }: PushOptions): Send {
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  let authorization: string | undefined
  const once: Send = async (method, url, { type, body } = {}) => {
    const answer = await request(url, {
      dispatcher,
      method,
      headers: { ...(type && { 'content-type': type }), ...(authorization !== undefined && { authorization }) },
      ...(body !== undefined && { body }),
    })
    return answer
  }
  return async (method, url, sent = {}) => {
    let answer = await once(method, url, sent)
    if (answer.statusCode === 401) {
      await answer.body.dump()
      authorization = await signIn(String(answer.headers['www-authenticate'] ?? ''), dispatcher, basic)
      answer = await once(method, url, sent)
    }
    const { statusCode } = answer
    const text = await answer.body.text()
    if (statusCode >= 300 && sent.accept?.includes(statusCode) !== true)
      throw new Error(`${method} ${url}: the registry answers ${statusCode}: ${text.slice(0, 500)}`)
    return answer
  }
}

async function signIn(challenge: string, dispatcher: Dispatcher, basic: string | undefined): Promise<string> {
  if (basic === undefined) throw new Error('the registry wants a login: set REGISTRY_USERNAME and REGISTRY_PASSWORD')
  const parameter = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1]
  const realm = parameter('realm')
  if (!/^bearer /i.test(challenge) || realm === undefined) return basic
  const url = new URL(realm)
  // The password is for the registry's own server, in the clear nowhere.
  if (url.protocol !== 'https:') throw new Error(`the registry names a token server without TLS: ${url.origin}`)
  for (const name of ['service', 'scope']) {
    const value = parameter(name)
    if (value !== undefined) url.searchParams.set(name, value)
  }
  const answer = await request(url, { dispatcher, headers: { authorization: basic } })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(`the token server answers ${answer.statusCode}`)
  const { token, access_token: accessToken }: { readonly token?: string; readonly access_token?: string } =
    JSON.parse(text)
  return `Bearer ${token ?? accessToken ?? ''}`
}
