import * as Type from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessRole, Identity, OpenIdProvider } from '../../model/access.ts'
import { toFailure } from '../../model/failure.ts'
import type { Log } from '../../model/log.ts'
import { matchesName } from '../../text/star-pattern.ts'
import { createOpenIdClient } from './openid.ts'
import { refuse } from './refuse.ts'
import { createSignedCookie } from './signed-cookie.ts'

export interface SignInOptions {
  readonly provider: OpenIdProvider
  readonly clientSecret: () => Promise<string | undefined>
  readonly roles: readonly AccessRole[]
  /** Further groups that give rights. @throws CodedError where they cannot be known now */
  readonly members: () => Promise<ReadonlySet<string>>
  readonly log: Log
  /** What sessions are signed with. */
  readonly key: Uint8Array
  /** Unix seconds. */
  readonly now: () => number
  /** Whether one more sign-in of this client may be begun or ended. */
  readonly admits: (client: string) => boolean
}

export interface SignIn {
  addRoutes(app: FastifyInstance): void
  identify(request: FastifyRequest): Identity | undefined
  /** Where somebody who has not signed in is sent to; undefined for a program, which could not follow. */
  loginPath(request: FastifyRequest): string | undefined
}

/** For signing in at the provider, with a password and perhaps another factor. */
const LOGIN_SECONDS = 900
const LONGEST_PATH = 1500

const Pending = Type.Object({ state: Type.String(), nonce: Type.String(), verifier: Type.String(), to: Type.String() })
const Session = Type.Object({ user: Type.String(), groups: Type.Array(Type.String()) })

/** People sign in at an OpenID provider, and have a session in a signed cookie: nothing of it is kept here, and nothing is written by it. */
export function createSignIn(options: SignInOptions): SignIn {
  const { provider, clientSecret, roles, log, key, now, admits } = options
  const client = createOpenIdClient(provider, clientSecret)
  const base = new URL(`${provider.externalUrl}/`)
  const cookie = { key, now, secure: base.protocol === 'https:' }
  const pendings = createSignedCookie({ ...cookie, name: 'drift-login', schema: Pending })
  const sessions = createSignedCookie({ ...cookie, name: 'drift-session', schema: Session })

  async function login(reply: FastifyReply, to: string): Promise<FastifyReply> {
    const { url, pending } = await client.begin()
    return reply
      .header('set-cookie', pendings.write({ ...pending, to }, LOGIN_SECONDS))
      .header('cache-control', 'no-store')
      .redirect(url)
  }

  async function callback(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const pending = pendings.read(request.headers.cookie)
    if (pending === undefined)
      return refuse(request, reply, 400, 'Signing in took too long, or began elsewhere: begin again.')
    const identity = await client.finish(new URL(request.url, base), pending)
    if (identity === undefined) return refuse(request, reply, 403, 'The provider does not say who you are.')
    // A cookie holds 4 kB, and somebody may be in hundreds of groups.
    const members = await options.members()
    const groups = identity.groups.filter(
      (group) => members.has(group) || roles.some((role) => matchesName(role.groups, group)),
    )
    const session = sessions.write({ user: identity.user, groups: [...groups] }, provider.sessionSeconds)
    return reply
      .header('set-cookie', [session, pendings.clear()])
      .header('cache-control', 'no-store')
      .redirect(`${provider.externalUrl}${pending.to}`)
  }

  async function failed(request: FastifyRequest, reply: FastifyReply, thrown: unknown): Promise<FastifyReply> {
    log('warn', 'somebody could not sign in', { ...toFailure(thrown) })
    return refuse(request, reply, 502, 'Signing in failed at the provider: begin again.')
  }

  return {
    addRoutes(app) {
      const config = { ownToken: true }
      const limited = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> =>
        admits(request.ip) ? undefined : refuse(request, reply, 429, 'Too many sign in at once.')
      app.get<{ Querystring: { to?: unknown } }>(
        '/auth/login',
        { config, onRequest: limited },
        async (request, reply) =>
          login(reply, pathHere(request.query.to)).catch((thrown) => failed(request, reply, thrown)),
      )
      app.get('/auth/callback', { config, onRequest: limited }, async (request, reply) =>
        callback(request, reply).catch((thrown) => failed(request, reply, thrown)),
      )
      app.get('/auth/logout', { config }, async (request, reply) => {
        reply.header('set-cookie', sessions.clear())
        return refuse(request, reply, 200, 'You are signed out here.')
      })
    },
    identify: ({ headers }) => sessions.read(headers.cookie),
    loginPath({ url, headers }) {
      if (url.startsWith('/api/') || headers.accept?.includes('text/html') !== true) return undefined
      return new URL(`auth/login?to=${encodeURIComponent(pathHere(url))}`, base).href
    },
  }
}

/** Where to go on afterwards: a path here and nowhere else. */
function pathHere(to: unknown): string {
  if (typeof to !== 'string' || to.length > LONGEST_PATH || !/^\/(?![/\\])/.test(to)) return '/'
  const { origin, pathname, search } = new URL(to, 'http://here')
  return origin === 'http://here' && !pathname.startsWith('//') ? `${pathname}${search}` : '/'
}
