import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessReviews, AccessSettings, Identity } from '../../model/access.ts'
import { toFailure } from '../../model/failure.ts'
import type { Fleet } from '../../model/fleet.ts'
import type { Log } from '../../model/log.ts'
import { createClientLimits } from '../web/client-limits.ts'
import type { ArgocdRights } from './argocd/argocd-rights.ts'
import { createPermittedApps } from './permitted-apps.ts'
import { createProxyReader } from './proxy-identity.ts'
import { refuse } from './refuse.ts'
import { viewerByRoles } from './roles.ts'
import type { SignIn } from './sign-in.ts'
import { createTokenReader } from './token-identity.ts'
import type { AppScope, Viewer } from './viewer.ts'

export interface AccessControlOptions {
  readonly settings: AccessSettings
  readonly fleet: Fleet
  readonly log: Log
  /** Of the cluster of the tokens, where there is one. */
  readonly reviews: AccessReviews | undefined
  /** What an Argo CD lets people see, where it is asked. */
  readonly argocd?: ArgocdRights
  /** People who sign in at an OpenID provider. */
  readonly signIn?: SignIn
  /** Alternative names of the client's certificate, if the web config has verified it. */
  readonly clientNames: (request: FastifyRequest) => Promise<readonly string[]>
  /** Milliseconds that only go forward. */
  readonly now: () => number
}

export interface AccessControl {
  /** Nothing is answered to whoever does not say who he is; what is answered is logged. */
  guard(app: FastifyInstance): void
  /** Who asks; known once the guard has let him in. */
  viewerOf(request: FastifyRequest): Viewer
}

/** Of one person: a page that is open in some tabs, and scripts, stay far below. */
const REQUESTS = { intervalMs: 50, burst: 200 }
/** Of one address, whose tokens nobody knows yet. */
const REVIEWS = { intervalMs: 500, burst: 20 }

/** Who asks is found out for each request: by his token, else by the headers of a trusted proxy, else by a session. */
export function createAccessControl(options: AccessControlOptions): AccessControl {
  const { settings, fleet, log, reviews, now } = options
  const viewers = new WeakMap<FastifyRequest, Viewer>()
  const requests = createClientLimits(REQUESTS, now)
  const questions = createClientLimits(REVIEWS, now)
  const readProxy = settings.proxy && createProxyReader(settings.proxy)
  const byToken =
    settings.tokens === undefined || reviews === undefined
      ? undefined
      : {
          identify: createTokenReader(reviews, { now, admits: questions.admits }),
          permits: createPermittedApps(reviews, { cluster: settings.tokens.cluster, now, log }),
        }

  async function permitsOf(identity: Identity): Promise<(app: AppScope) => boolean> {
    return (await options.argocd?.permits(identity)) ?? (() => false)
  }

  async function proxied(request: FastifyRequest): Promise<Identity | undefined> {
    return readProxy?.({
      address: request.socket.remoteAddress ?? '',
      clientNames: await options.clientNames(request),
      headers: request.raw.headersDistinct,
    })
  }

  async function signIn(request: FastifyRequest): Promise<Viewer | 'nobody' | 'busy'> {
    const token = bearerToken(request)
    if (token !== undefined && byToken !== undefined) {
      const outcome = await byToken.identify(token, request.ip)
      if (outcome.type !== 'known') return outcome.type
      const { identity } = outcome
      const [byCluster, byArgocd] = await Promise.all([byToken.permits(identity, fleet), permitsOf(identity)])
      return viewerByRoles(identity, settings.roles, (app) => byCluster(app) || byArgocd(app))
    }
    const identity = (await proxied(request)) ?? options.signIn?.identify(request)
    return identity === undefined ? 'nobody' : viewerByRoles(identity, settings.roles, await permitsOf(identity))
  }

  async function admit(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    reply.header('vary', 'Authorization, Cookie')
    const outcome = await signIn(request).catch((thrown: unknown) => {
      log('error', 'who asks could not be found out', { ...toFailure(thrown) })
      return 'unreachable' as const
    })
    if (outcome === 'unreachable') return refuse(request, reply, 503, 'Who asks could not be found out.')
    if (outcome === 'busy') return refuse(request, reply, 429, 'Too many sign in at once.')
    if (outcome === 'nobody') {
      const login = options.signIn?.loginPath(request)
      if (login !== undefined) return reply.header('cache-control', 'no-store').redirect(login)
      if (byToken !== undefined) reply.header('www-authenticate', 'Bearer')
      return refuse(request, reply, 401, 'Whoever asks has to say who he is.')
    }
    viewers.set(request, outcome)
    if (!requests.admits(outcome.name)) return refuse(request, reply, 429, 'Too many requests.')
    return undefined
  }

  return {
    guard(app) {
      app.addHook('onRequest', async (request, reply) =>
        request.routeOptions.config.ownToken === true ? undefined : admit(request, reply),
      )
      app.addHook('onResponse', async (request, reply) => {
        log('info', 'request', {
          user: viewers.get(request)?.name ?? '',
          address: request.ip,
          method: request.method,
          route: request.routeOptions.url ?? 'none',
          ...idOf(request.params),
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime),
        })
      })
      options.signIn?.addRoutes(app)
    },
    viewerOf(request) {
      const viewer = viewers.get(request)
      if (viewer === undefined) throw new Error('a request was answered that nobody has let in')
      return viewer
    },
  }
}

function bearerToken({ headers: { authorization = '' } }: FastifyRequest): string | undefined {
  // RFC 6750: b64token.
  return /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization)?.[1]
}

const LONGEST_ID = 300

/** Which app was asked for: the route alone does not say. */
function idOf(params: unknown): { readonly app?: string } {
  if (typeof params !== 'object' || params === null || !('id' in params)) return {}
  return { app: String(params.id).slice(0, LONGEST_ID) }
}
