import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ProviderOptions {
  readonly clientId: string
  /** Absent: a public client. */
  readonly clientSecret?: string
  readonly redirectUri: string
  /** What is said of whoever signs in: his name is his `sub`. */
  readonly claimsOf: (user: string) => Readonly<Record<string, unknown>>
}

export interface OpenIdServer extends AsyncDisposable {
  readonly issuer: string
}

/** A certified OpenID provider on 127.0.0.1, whose own pages sign anybody in by the name that he gives. @param port that it listens on */
export async function startOpenIdProvider(options: ProviderOptions): Promise<OpenIdServer> {
  let handle: RequestListener | undefined
  const server = createServer((request, response) => handle?.(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // It is a socket of TCP.
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const { Provider } = await import('oidc-provider')
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: options.clientId,
        redirect_uris: [options.redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        ...(options.clientSecret === undefined
          ? { token_endpoint_auth_method: 'none' }
          : { client_secret: options.clientSecret, token_endpoint_auth_method: 'client_secret_post' }),
      },
    ],
    claims: { openid: ['sub'], profile: ['groups'], email: ['email', 'email_verified'] },
    pkce: { required: () => true },
    cookies: { keys: ['a key of this test'] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...options.claimsOf(id) }),
    }),
  })
  handle = provider.callback()
  return {
    issuer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A browser as far as it is needed: follows redirections, keeps cookies by host, and fills in the provider's forms. */
export function createBrowser(headers: Readonly<Record<string, string>> = {}) {
  const jars = new Map<string, Map<string, string>>()

  async function load(
    url: string,
    init: RequestInit = {},
  ): Promise<{ readonly response: Response; readonly text: string }> {
    const { host } = new URL(url)
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', ...headers, cookie, ...init.headers },
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return { response, text: await response.text() }
  }

  /** @param user who signs in, where the provider asks */
  async function open(
    start: string,
    user = '',
  ): Promise<{ readonly url: string; readonly status: number; readonly text: string }> {
    let url = start
    let init: RequestInit = {}
    for (let step = 0; step < 20; step += 1) {
      const { response, text } = await load(url, init)
      init = {}
      const location = response.headers.get('location')
      if (location !== null) {
        url = new URL(location, url).href
        continue
      }
      const action = /<form[^>]* action="([^"]+)"/.exec(text)?.[1]
      if (user === '' || action === undefined || !action.includes('/interaction/'))
        return { url, status: response.status, text }
      const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1] ?? ''
      url = new URL(action, url).href
      init = { method: 'POST', body: new URLSearchParams({ prompt, login: user, password: 'any' }) }
    }
    throw new Error(`redirected for ever: ${url}`)
  }
  return { open, cookies: (host: string) => jars.get(host) ?? new Map<string, string>() }
}
