import { asKubernetesObject } from '../../../kubernetes/object.ts'
import { CodedError } from '../../../model/failure.ts'
import { isJsonObject, type Json } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import type { ServerLimits } from '../../options.ts'
import type { HeldAnswer, ServerClient } from '../client.ts'
import { apiVersionOf, collectionPath, mayBeAggregated, subjectOf, type Target } from './target.ts'

export interface ListPage {
  readonly objects: readonly KubernetesObject[]
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
  let size = limits.pageSize
  let token = ''
  for (;;) {
    let answer: HeldAnswer
    try {
      answer = await client.held(
        {
          verb: 'list',
          path: collectionPath(served, namespace),
          query: { ...selectors, limit: String(size), ...(token === '' ? {} : { continue: token }) },
          subject,
          kind: served,
          aggregated: mayBeAggregated(served),
        },
        signal,
      )
    } catch (error) {
      if (!(error instanceof CodedError) || error.failure.code !== 'GDE_TOO_LARGE' || size === 1) throw error
      size = Math.ceil(size / 4)
      continue
    }
    try {
      const page = readPage(answer.body, target, subject)
      token = page.token
      yield page
    } finally {
      answer.release()
    }
    if (token === '') return
  }
}

function readPage(body: Json, target: Target, subject: string): ListPage & { readonly token: string } {
  const metadata = isJsonObject(body) ? body.metadata : undefined
  if (!isJsonObject(body) || !isJsonObject(metadata)) throw malformed(subject)
  // Go writes an empty list as null.
  const items = body.items ?? []
  if (!Array.isArray(items)) throw malformed(subject)
  return {
    objects: items.map((item: Json) => itemObject(item, target, subject)),
    resourceVersion: typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : '',
    token: typeof metadata.continue === 'string' ? metadata.continue : '',
  }
}

/** Items of a typed list carry neither apiVersion nor kind. */
function itemObject(item: Json, { served }: Target, subject: string): KubernetesObject {
  if (!isJsonObject(item)) throw malformed(subject)
  return requireKubernetesObject(
    { ...item, apiVersion: item.apiVersion ?? apiVersionOf(served), kind: item.kind ?? served.kind },
    subject,
  )
}

/** @throws CodedError `GDE_CLUSTER_PROTOCOL`, `GDE_TOO_LARGE` */
export function requireKubernetesObject(value: Json, subject: string): KubernetesObject {
  try {
    return asKubernetesObject(value)
  } catch (error) {
    if (error instanceof CodedError && error.failure.code === 'GDE_TOO_LARGE') throw error
    throw malformed(subject)
  }
}

function malformed(subject: string): CodedError {
  return new CodedError('GDE_CLUSTER_PROTOCOL', `${subject}: the answer is not what a Kubernetes API server sends`)
}
