import type { WebhookSettings } from '../../model/settings.ts'
import { SHARD_PLACEHOLDER, shardUrl } from '../../model/shard.ts'
import type { ParseContext } from '../parse-context.ts'
import type { ConfigFile } from '../schema.ts'

export function readWebhooks(
  { receivers, peers }: ConfigFile['webhooks'],
  listener: Pick<WebhookSettings, 'address' | 'port' | 'webConfigFile'>,
  context: ParseContext,
): WebhookSettings {
  const names = receivers.map(({ name }) => name)
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index)
      context.reportIssue(`/webhooks/receivers/${index}/name`, `${JSON.stringify(name)} is there already`)
  for (const [index, peer] of peers.entries()) {
    const url = shardUrl(peer, 0) ?? peer
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      context.reportIssue(
        `/webhooks/peers/${index}`,
        `must be an http or https URL; ${SHARD_PLACEHOLDER} stands for the index`,
      )
  }
  return {
    ...listener,
    receivers: receivers.map(({ secretFile, ...receiver }) => ({
      ...receiver,
      secretFile: context.absolute(secretFile),
    })),
    peers: peers.map((peer) => peer.replace(/\/+$/, '')),
  }
}
