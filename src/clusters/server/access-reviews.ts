import { printJson } from '../../kubernetes/serialization/json.ts'
import type { AccessReviews, Identity } from '../../model/access.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { ServerClient } from './client.ts'
import { namingCluster } from './failures.ts'

/** An answer has a few kilobytes: a user with all his groups. */
const MAX_BYTES = 1024 * 1024

export interface AccessReviewOptions {
  /** Of the cluster, for messages. */
  readonly name: string
  readonly client: Pick<ServerClient, 'json'>
  /** For whom tokens have to be made; for the API server itself if empty. */
  readonly audiences: readonly string[]
}

/**
 * TokenReview and SubjectAccessReview, as the API server's own webhook mode asks them
 * (https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/). Needs the right to create both.
 * The token is in the request alone.
 */
export function createAccessReviews({ name, client, audiences }: AccessReviewOptions): AccessReviews {
  async function create(path: string, kind: string, spec: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const [apiVersion] = path.slice('/apis/'.length).split(/\/(?=[^/]*$)/)
    try {
      const { body } = await client.json(
        {
          verb: 'create',
          path,
          body: { text: printJson({ apiVersion: apiVersion ?? '', kind, spec }), type: 'application/json' },
          subject: `a ${kind}`,
          maxBytes: MAX_BYTES,
        },
        signal,
      )
      const status = isJsonObject(body) ? body.status : undefined
      if (isJsonObject(status)) return status
      throw new CodedError('GDE_CLUSTER_PROTOCOL', `a ${kind}: the answer has no status`)
    } catch (error) {
      throw error instanceof CodedError ? namingCluster(name, error) : error
    }
  }

  return {
    async identify(token, signal) {
      const status = await create(
        '/apis/authentication.k8s.io/v1/tokenreviews',
        'TokenReview',
        { token, ...(audiences.length > 0 && { audiences: [...audiences] }) },
        signal,
      )
      // An API server that does not know audiences names none: then the token may be for anybody.
      const isForUs = audiences.length === 0 || textsOf(status.audiences).some((one) => audiences.includes(one))
      return status.authenticated === true && isForUs ? readUser(status.user) : undefined
    },
    async permits({ user, groups, uid, extra }, { group, resource, namespace, name: object }, signal) {
      const status = await create(
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        'SubjectAccessReview',
        {
          user,
          groups: [...groups],
          ...(uid !== undefined && { uid }),
          ...(extra !== undefined && {
            extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])),
          }),
          resourceAttributes: {
            verb: 'get',
            group,
            resource,
            namespace,
            ...(object !== undefined && { name: object }),
          },
        },
        signal,
      )
      return status.allowed === true && status.denied !== true
    },
  }
}

function readUser(user: Json | undefined): Identity | undefined {
  if (!isJsonObject(user) || typeof user.username !== 'string' || user.username === '') return undefined
  const { extra } = user
  return {
    user: user.username,
    groups: textsOf(user.groups),
    ...(typeof user.uid === 'string' && { uid: user.uid }),
    ...(isJsonObject(extra) && {
      extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, textsOf(values)])),
    }),
  }
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
