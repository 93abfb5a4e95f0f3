import { readFile } from 'node:fs/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { toFailure } from '../../model/failure.ts'
import type { AuditSource } from '../../model/journal/audit.ts'
import type { Log } from '../../model/log.ts'
import { isSameText } from '../web/same-text.ts'

export interface AuditWebhookOptions {
  readonly sources: readonly AuditSource[]
  readonly log: Log
  /** Takes in a batch. @returns false where it is none */
  readonly receive: (cluster: string, body: unknown) => boolean
}

/** `--audit-webhook-batch-max-size` is 400 events by default, of a few kB each at level Metadata. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

/**
 * `POST /audit/<cluster>`: where an API server sends its audit events (`--audit-webhook-config-file`), each with a token of its own. A cluster
 * without one, and a wrong token, look the same.
 */
export function addAuditWebhook(app: FastifyInstance, { sources, log, receive }: AuditWebhookOptions): void {
  const tokenFiles = new Map(
    sources.flatMap(({ cluster, tokenFile }) => (tokenFile === undefined ? [] : [[cluster, tokenFile]])),
  )
  if (tokenFiles.size === 0) return

  /** Read each time: a token is rotated while this runs. */
  async function isAllowed(cluster: string, authorization: string | undefined): Promise<boolean> {
    const file = tokenFiles.get(cluster)
    if (file === undefined) return false
    try {
      const token = (await readFile(file, 'utf8')).trim()
      return token !== '' && isSameText(`Bearer ${token}`, authorization ?? '')
    } catch (thrown) {
      log('error', 'the token of an audit webhook cannot be read', { ...toFailure(thrown), cluster })
      return false
    }
  }

  app.post<{ Params: { cluster: string } }>(
    '/audit/:cluster',
    {
      bodyLimit: MAX_BODY_BYTES,
      // An API server can send one of token and password, and this token is the stronger.
      config: { ownToken: true },
      // Before the body is read.
      onRequest: async (request, reply): Promise<FastifyReply | undefined> =>
        (await isAllowed(request.params.cluster, request.headers.authorization))
          ? undefined
          : reply.code(401).header('www-authenticate', 'Bearer').type('text/plain').send('A token is needed.\n'),
    },
    async (request, reply) => {
      const isBatch = receive(request.params.cluster, request.body)
      return reply.code(isBatch ? 204 : 400).send()
    },
  )
}
