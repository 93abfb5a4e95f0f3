import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json } from '../../../model/json.ts'
import type { ServerLimits } from '../../options.ts'
import type { HeldAnswer, ServerClient } from '../client.ts'
import { type ItemType, malformed } from './object-head.ts'
import { findList, requireObject, type SentList, type SentObject, wholeObject } from './sent-object.ts'
import { apiVersionOf, collectionPath, mayBeAggregated, metadataOf, subjectOf, type Target } from './target.ts'

export interface ListPage {
  /** Read as they are asked for, once. */
  readonly objects: Iterable<SentObject>
  /** Of the whole list: a watch starts here. */
  readonly resourceVersion: string
}

/**
 * All pages of one consistent list: without a resourceVersion the server reads from a quorum, and `continue` stays at
 * that version. Pages that are too large are requested again at a quarter of the size.
 * @throws RefusedError 410 when that version is expired: the list has to start again
 */
export async function* listPages(
  client: ServerClient,
  target: Target,
  limits: ServerLimits,
  signal: AbortSignal,
): AsyncGenerator<ListPage> {
  const { served, namespace, selectors } = target
  const subject = subjectOf(served, namespace)
  const type = { apiVersion: apiVersionOf(served), kind: served.kind }
  let size = limits.pageSize
  let token = ''
  for (;;) {
    let answer: HeldAnswer<SentList>
    try {
      answer = await client.held(
        {
          verb: 'list',
          path: collectionPath(served, namespace),
          ...(target.metadataOnly && { accept: metadataOf('PartialObjectMetadataList') }),
          query: { ...selectors, limit: String(size), ...(token === '' ? {} : { continue: token }) },
          subject,
          kind: served,
          aggregated: mayBeAggregated(served),
        },
        (bytes) => findList(bytes, type, subject),
        signal,
      )
    } catch (error) {
      if (!(error instanceof CodedError) || error.failure.code !== 'GDE_TOO_LARGE' || size === 1) throw error
      size = Math.ceil(size / 4)
      continue
    }
    try {
      const { content } = answer
      const page = readPage('found' in content ? content.found : parsedList(content.body, type, subject), subject)
      token = page.token
      yield page
    } finally {
      answer.release()
    }
    if (token === '') return
  }
}

function readPage({ metadata, objects }: SentList, subject: string): ListPage & { readonly token: string } {
  if (!isJsonObject(metadata)) throw malformed(subject)
  return {
    objects,
    resourceVersion: typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : '',
    token: typeof metadata.continue === 'string' ? metadata.continue : '',
  }
}

function parsedList(body: Json, type: ItemType, subject: string): SentList {
  if (!isJsonObject(body)) throw malformed(subject)
  // Go writes an empty list as null.
  const items = body.items ?? []
  if (!Array.isArray(items)) throw malformed(subject)
  return {
    metadata: body.metadata ?? null,
    objects: items.map((item: Json) => wholeObject(requireObject(item, subject, type))),
  }
}
