import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { toFailure } from '../../model/failure.ts'
import type { Fleet } from '../../model/fleet.ts'
import type { Log } from '../../model/log.ts'
import type { RepositoryId } from '../../model/sources/source.ts'
import type { WebhookReceiver } from '../../model/webhook.ts'
import { createListener } from '../listener.ts'
import type { Exposition } from '../ports.ts'
import { createClientLimits } from '../web/client-limits.ts'
import type { WebAccess } from '../web/web-access.ts'
import { comparableUrl } from './comparable-url.ts'
import { createPeers } from './peers.ts'
import { readPush } from './read-push.ts'
import type { WebhookOptions } from './webhook-options.ts'

/** A push of thousands of commits is smaller; a body has to be held as a whole, since what is signed is its bytes. */
const MAX_BODY_BYTES = 8 * 1024 * 1024
const MAX_BODIES = 8
/** Of one address: as many at once, and one more each second. */
const EVENTS = { intervalMs: 1000, burst: 60 }
/** Addresses that are remembered. */
const ADDRESSES = 4096
/** An event that a peer has passed on. */
const PASSED_ON = 'x-gitops-drift-passed-on'

/**
 * `POST /webhooks/<name>`: where Git servers tell that refs moved. An event is believed by its signature alone, and all that it does is to have the
 * repositories polled that it names: a replay costs one poll, and tells nothing. A receiver that is not there, and a wrong signature, look the same.
 */
export function createWebhookListener(
  { receivers, peers, poll }: WebhookOptions,
  { fleet, metrics, log }: { readonly fleet: Fleet; readonly metrics: Exposition; readonly log: Log },
  web: WebAccess | undefined,
): FastifyInstance {
  const byName = new Map(receivers.map((receiver) => [receiver.name, receiver]))
  const limits = createClientLimits(EVENTS, () => performance.now(), ADDRESSES)
  const passOn = createPeers(peers, PASSED_ON, log)
  let bodies = 0
  const app = createListener({
    ...{ metrics, log, web, headers: { 'cache-control': 'no-store' } },
    errorBody: (_code, message) => ({ contentType: 'text/plain; charset=utf-8', body: `${message}\n` }),
  })

  async function secretOf({ name, secretFile }: WebhookReceiver): Promise<string> {
    try {
      return (await readFile(secretFile, 'utf8')).trim()
    } catch (thrown) {
      log('error', 'the secret of a webhook cannot be read', { ...toFailure(thrown), webhook: name })
      return ''
    }
  }

  function repositoriesOf(urls: readonly string[]): readonly RepositoryId[] {
    const named = new Set(urls.flatMap((url) => comparableUrl(url) ?? []))
    return [...fleet.repositories.values()]
      .filter(({ url }) => named.has(comparableUrl(url) ?? ''))
      .map(({ repository }) => repository)
  }

  // What is signed are the bytes, whatever they are said to be.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  )
  app.addHook('onRequest', async (request, reply) => {
    if (!limits.admits(request.ip)) return reply.code(429).header('retry-after', '1').send('Too many events.\n')
    if (bodies >= MAX_BODIES) return reply.code(503).header('retry-after', '1').send('Too many events at once.\n')
    bodies += 1
    reply.raw.once('close', () => {
      bodies -= 1
    })
    return
  })
  app.post<{ Params: { name: string }; Body: unknown }>(
    '/webhooks/:name',
    { bodyLimit: MAX_BODY_BYTES },
    async (request, reply) => {
      const receiver = byName.get(request.params.name)
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const { headers } = request
      const push =
        receiver === undefined
          ? ({ type: 'unsigned' } as const)
          : readPush(receiver.type, { headers, body }, await secretOf(receiver))
      switch (push.type) {
        case 'unsigned':
          return reply.code(401).type('text/plain').send('The signature does not hold.\n')
        case 'malformed':
          return reply.code(400).type('text/plain').send('The event names no repository, or is no JSON.\n')
        case 'other':
          return reply.code(204).send()
        case 'push': {
          const repositories = repositoriesOf(push.urls)
          log('debug', 'a push event', { webhook: request.params.name, repositories: repositories.length })
          poll(repositories)
          if (headers[PASSED_ON] === undefined) passOn(request.params.name, headers, body)
          return reply.code(202).type('text/plain').send('')
        }
        default:
          return push satisfies never
      }
    },
  )
  return app
}
