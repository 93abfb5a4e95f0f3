import { CodedError } from '../../model/failure.ts'
import { readBody } from '../http/download.ts'
import { shownUrl, statusFailure } from '../http/http-failure.ts'
import type { SourceLimits } from '../limits.ts'
import { type RegistryClient, readJsonObject } from './registry-client.ts'

/** Asked for; registries give fewer. */
const PAGE = 1000
const MOST_PAGES = 500

/** All tags of a repository, in the registry's order. */
export async function listTags(
  client: RegistryClient,
  limits: Pick<SourceLimits, 'tags' | 'documentBytes'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const tags: string[] = []
  let next: string | URL | undefined = `tags/list?n=${PAGE}`
  for (let page = 0; next !== undefined; page += 1) {
    const answer = await client.send(next, { maxBytes: limits.documentBytes }, signal)
    if (answer.status !== 200) {
      await answer.drop()
      throw statusFailure(answer.status, answer.url)
    }
    const list = readJsonObject(await readBody(answer))?.tags
    if (list !== null && !Array.isArray(list))
      throw new CodedError('GDE_SOURCE_PROTOCOL', `${shownUrl(answer.url)} answers no list of tags`)
    for (const tag of list ?? []) if (typeof tag === 'string') tags.push(tag)
    if (tags.length > limits.tags || page >= MOST_PAGES)
      throw new CodedError('GDE_TOO_LARGE', `${client.address.shown} has more than ${limits.tags} tags`)
    next = nextPage(answer.header('link'), answer.url, client)
  }
  return tags
}

/** `</v2/…/tags/list?last=x>; rel="next"`, of the registry itself: tokens are for no other host. */
function nextPage(link: string | undefined, from: URL, client: RegistryClient): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1]
  if (target === undefined) return undefined
  const url = URL.parse(target, from.href)
  if (url === null || url.origin !== new URL(client.address.base).origin)
    throw new CodedError('GDE_SOURCE_PROTOCOL', `${shownUrl(from)} names a next page on another host`)
  return url
}
