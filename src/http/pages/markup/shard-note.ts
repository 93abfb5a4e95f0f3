import { type ShownShard, shardUrl } from '../../../model/shard.ts'
import { type Html, html } from './html.ts'

export function shardNote(shard: ShownShard | undefined): Html | undefined {
  if (shard === undefined) return undefined
  const { index, count, urlTemplate } = shard
  const links = Array.from({ length: count }, (_, other) => {
    const url = other === index ? undefined : shardUrl(urlTemplate, other)
    if (other === index) return html` <strong aria-current="page">${other}</strong>`
    return url === undefined ? html` ${other}` : html` <a href="${url}/">${other}</a>`
  })
  return html`<nav class="quiet" aria-label="Shards">Shard ${index} of ${count}: apps of the other clusters are on other pages.${links}</nav>\n`
}
