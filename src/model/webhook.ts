/** Who sends events, by the words of Flux's Receiver where it has one: each signs and describes them in its own way. */
export const WEBHOOK_TYPES = ['github', 'gitlab', 'gitea', 'bitbucket-cloud', 'bitbucket', 'generic-hmac'] as const
export type WebhookType = (typeof WEBHOOK_TYPES)[number]

/** Where one sender's events come in. */
export interface WebhookReceiver {
  /** The last part of its path. */
  readonly name: string
  readonly type: WebhookType
  /** Absolute; read again at each event, so that a secret is rotated without a restart. */
  readonly secretFile: string
}
