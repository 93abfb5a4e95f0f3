import { createVerify, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { Certificate } from './certificate.ts'

export interface GitHubApiOptions {
  readonly tls: Certificate
  readonly appId: string
  /** Of the key that the app signs with. */
  readonly publicKey: KeyObject
}

export interface GitHubApi extends AsyncDisposable {
  /** As GitHub Enterprise has it. */
  readonly url: string
  /** Method and path. */
  readonly requests: readonly string[]
}

/** What GitHub's API does for apps: checks the signature, lists installations, hands out tokens that are numbered. */
export async function startGitHubApi({ tls, appId, publicKey }: GitHubApiOptions): Promise<GitHubApi> {
  const requests: string[] = []
  let tokens = 0
  const server = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const [head = '', claims = '', signature = ''] = (request.headers.authorization ?? '')
      .slice('Bearer '.length)
      .split('.')
    const isSigned = createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')
    const { iss } = isSigned ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : { iss: '' }
    const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body))
    if (!isSigned || iss !== appId) answer(401, { message: 'bad credentials' })
    else if (request.method === 'GET') {
      const isFirst = request.url?.endsWith('page=1') === true
      answer(
        200,
        isFirst
          ? [
              { id: 10, account: { login: 'other' } },
              { id: 11, account: { login: 'Acme' } },
            ]
          : [],
      )
    } else if (request.url?.includes('/404/') === true) answer(404, {})
    else {
      tokens += 1
      answer(201, { token: `ghs_token${tokens}`, expires_at: new Date(Date.now() + 3_600_000).toISOString() })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `https://127.0.0.1:${address.port}/api/v3`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
