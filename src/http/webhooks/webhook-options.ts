import type { RepositoryId } from '../../model/sources/source.ts'
import type { WebhookReceiver } from '../../model/webhook.ts'

export interface WebhookOptions {
  readonly receivers: readonly WebhookReceiver[]
  /** Base URLs of the same listener of shards and replicas. */
  readonly peers: readonly string[]
  /** Polls repositories now. */
  readonly poll: (repositories: readonly RepositoryId[]) => void
}
