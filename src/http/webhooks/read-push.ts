import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parseJson } from '../../kubernetes/serialization/json.ts'
import { CodedError } from '../../model/failure.ts'
import type { WebhookType } from '../../model/webhook.ts'
import { isSameText } from '../web/same-text.ts'

/** What an event says, once its signature holds. */
export type Push =
  /** Refs of a repository moved; all URLs by which its server calls it. */
  | { readonly type: 'push'; readonly urls: readonly string[] }
  /** Some other event, such as the one that tries the webhook. */
  | { readonly type: 'other' }
  | { readonly type: 'unsigned' }
  | { readonly type: 'malformed' }

export interface WebhookEvent {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Sender {
  isSigned(event: WebhookEvent, secret: string): boolean
  /** Whether refs moved. */
  isPush(headers: IncomingHttpHeaders, payload: unknown): boolean
  /** Where the URLs are in its payload. */
  readonly urls: readonly (readonly string[])[]
}

const REPOSITORY_URLS = ['html_url', 'clone_url', 'ssh_url'].map((key) => ['repository', key])
const LINKS = ['repository', 'links']

const SENDERS: Readonly<Record<WebhookType, Sender>> = {
  /** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
  github: {
    isSigned: (event, secret) => hasHmac(event, 'x-hub-signature-256', secret),
    isPush: ({ 'x-github-event': name }) => name === 'push' || name === 'create' || name === 'delete',
    urls: REPOSITORY_URLS,
  },
  /** https://docs.gitlab.com/user/project/integrations/webhooks/: the secret itself is sent. */
  gitlab: {
    isSigned: ({ headers }, secret) => isSameText(textOf(headers['x-gitlab-token']), secret),
    isPush: ({ 'x-gitlab-event': name }, payload) =>
      name === 'Push Hook' ||
      name === 'Tag Push Hook' ||
      (name === 'System Hook' &&
        /^(?:push|tag_push|repository_update)$/.test(textOf(valueAt(payload, ['event_name'])))),
    urls: ['web_url', 'git_http_url', 'git_ssh_url'].map((key) => ['project', key]),
  },
  /** https://docs.gitea.com/usage/repository/webhooks: Forgejo and Gogs sign alike. */
  gitea: {
    isSigned: (event, secret) =>
      hasHmac(event, 'x-gitea-signature', secret, 'sha256=') || hasHmac(event, 'x-gogs-signature', secret, 'sha256='),
    isPush: (headers) => /^(?:push|create|delete)$/.test(textOf(headers['x-gitea-event'] ?? headers['x-gogs-event'])),
    urls: REPOSITORY_URLS,
  },
  /** https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/ */
  'bitbucket-cloud': {
    isSigned: (event, secret) => hasHmac(event, 'x-hub-signature', secret),
    isPush: ({ 'x-event-key': name }) => name === 'repo:push',
    urls: [[...LINKS, 'html', 'href']],
  },
  /** Bitbucket Server and Data Center. https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html */
  bitbucket: {
    isSigned: (event, secret) => hasHmac(event, 'x-hub-signature', secret),
    isPush: ({ 'x-event-key': name }) => name === 'repo:refs_changed',
    urls: [[...LINKS, 'clone', '*', 'href']],
  },
  /** Flux's generic-hmac: `X-Signature: sha256=<hex>`. The body is `{"repository": "https://…"}`, or a list in `repositories`. */
  'generic-hmac': {
    isSigned: (event, secret) => hasHmac(event, 'x-signature', secret),
    isPush: () => true,
    urls: [['repository'], ['repositories', '*']],
  },
}

/** Of one event; more are none. */
const MOST_URLS = 100
const LONGEST_URL = 2000
/** Of the values of a payload, bytes. */
const MOST_MEMORY = 64 * 1024 * 1024

/** Reads an event of a sender. Nothing of the body is looked at before its signature holds, which is compared in constant time. */
export function readPush(type: WebhookType, event: WebhookEvent, secret: string): Push {
  const sender = SENDERS[type]
  if (secret === '' || !sender.isSigned(event, secret)) return { type: 'unsigned' }
  let payload: unknown
  try {
    payload = parseJson(event.body.toString('utf8'), {}, MOST_MEMORY)
  } catch (error) {
    if (error instanceof CodedError) return { type: 'malformed' }
    throw error
  }
  if (!sender.isPush(event.headers, payload)) return { type: 'other' }
  const urls = sender.urls.flatMap((path) => textsAt(payload, path)).filter(({ length }) => length <= LONGEST_URL)
  return urls.length === 0 || urls.length > MOST_URLS ? { type: 'malformed' } : { type: 'push', urls }
}

/** @param prefix what stands before the digest, or may be left out where it is given here */
function hasHmac({ headers, body }: WebhookEvent, header: string, secret: string, prefix?: string): boolean {
  const [, algorithm, digest] = /^(?:(sha256|sha512)=)?([0-9a-f]{64,128})$/.exec(textOf(headers[header])) ?? []
  if (digest === undefined || (algorithm === undefined && prefix === undefined)) return false
  return isSameText(
    digest,
    createHmac(algorithm ?? 'sha256', secret)
      .update(body)
      .digest('hex'),
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return valueAt(Object.entries(value).find(([name]) => name === key)?.[1], rest)
}

/** The texts at a path, in which a star is every element of a list. */
function textsAt(value: unknown, path: readonly string[]): readonly string[] {
  const star = path.indexOf('*')
  if (star < 0) {
    const found = valueAt(value, path)
    return typeof found === 'string' && found !== '' ? [found] : []
  }
  const list = valueAt(value, path.slice(0, star))
  return Array.isArray(list) ? list.slice(0, MOST_URLS + 1).flatMap((one) => textsAt(one, path.slice(star + 1))) : []
}
