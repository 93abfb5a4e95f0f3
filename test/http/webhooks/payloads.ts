import { createHmac } from 'node:crypto'
import type { WebhookType } from '../../../src/model/webhook.ts'

/** An event as its sender sends it, cut down to what events have in common. */
export interface SentEvent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const hmac = (body: string, secret: string): string => createHmac('sha256', secret).update(body).digest('hex')
const HOST = 'git.example.com'
const ref = 'refs/heads/main'
const [before, after] = ['95790bf891e76fee5e1747ab589903a6a1f80f22', 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7']
const web = `https://${HOST}/web/platform`

/** The repository `web/platform` of git.example.com, as each of them describes a push to it. */
const PUSHES: Readonly<Record<WebhookType, (secret: string) => SentEvent>> = {
  github: (secret) => {
    const body = JSON.stringify({
      ref,
      before,
      after,
      repository: {
        id: 35129377,
        full_name: 'web/platform',
        html_url: web,
        git_url: `git://${HOST}/web/platform.git`,
        ssh_url: `git@${HOST}:web/platform.git`,
        clone_url: `${web}.git`,
        default_branch: 'main',
      },
      pusher: { name: 'ada' },
      commits: [{ id: after, added: [], removed: [], modified: ['shop/a.json'] }],
    })
    return {
      body,
      headers: {
        'x-github-event': 'push',
        'x-github-delivery': '72d3162e',
        'x-hub-signature-256': `sha256=${hmac(body, secret)}`,
      },
    }
  },
  gitlab: (secret) => ({
    body: JSON.stringify({
      object_kind: 'push',
      event_name: 'push',
      ref,
      before,
      after,
      project: { id: 15, web_url: web, git_ssh_url: `git@${HOST}:web/platform.git`, git_http_url: `${web}.git` },
      commits: [],
    }),
    headers: { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': secret },
  }),
  gitea: (secret) => {
    const body = JSON.stringify({
      ref,
      before,
      after,
      repository: {
        id: 140,
        full_name: 'web/platform',
        html_url: web,
        ssh_url: `ssh://git@${HOST}:2222/web/platform.git`,
        clone_url: `${web}.git`,
      },
    })
    return { body, headers: { 'x-gitea-event': 'push', 'x-gitea-signature': hmac(body, secret) } }
  },
  'bitbucket-cloud': (secret) => {
    const body = JSON.stringify({
      repository: {
        full_name: 'web/platform',
        links: { self: { href: `https://api.${HOST}/2.0/repositories/web/platform` }, html: { href: web } },
      },
      push: {
        changes: [
          { new: { type: 'branch', name: 'main', target: { hash: after } }, old: { target: { hash: before } } },
        ],
      },
    })
    return {
      body,
      headers: { 'x-event-key': 'repo:push', 'x-hook-uuid': '6a21', 'x-hub-signature': `sha256=${hmac(body, secret)}` },
    }
  },
  bitbucket: (secret) => {
    const body = JSON.stringify({
      eventKey: 'repo:refs_changed',
      repository: {
        slug: 'platform',
        links: {
          clone: [
            { href: `ssh://git@${HOST}:7999/web/platform.git`, name: 'ssh' },
            { href: `https://${HOST}/scm/web/platform.git`, name: 'http' },
          ],
          self: [{ href: `https://${HOST}/projects/WEB/repos/platform/browse` }],
        },
      },
      changes: [{ refId: ref, fromHash: before, toHash: after, type: 'UPDATE' }],
    })
    return { body, headers: { 'x-event-key': 'repo:refs_changed', 'x-hub-signature': `sha256=${hmac(body, secret)}` } }
  },
  'generic-hmac': (secret) => {
    const body = JSON.stringify({ repository: web })
    return { body, headers: { 'x-signature': `sha256=${hmac(body, secret)}` } }
  },
}

export function pushEvent(type: WebhookType, secret: string): SentEvent {
  return PUSHES[type](secret)
}

/** Any body, signed as GitHub signs. */
export function githubEvent(body: string, secret: string, event = 'push'): SentEvent {
  return { body, headers: { 'x-github-event': event, 'x-hub-signature-256': `sha256=${hmac(body, secret)}` } }
}
