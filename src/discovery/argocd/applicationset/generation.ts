import type { ErrorCode } from '../../../model/errors.ts'
import type { Failure } from '../../../model/failure.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { Dependency } from '../../../model/sources/rendering.ts'
import type { RepositoryNeed } from './inputs.ts'

/** Why a set as a whole yields nothing: the controller then creates, changes and deletes nothing either. */
export interface SetError {
  readonly code: ErrorCode
  /** That of the ApplicationSet's condition, or `Panic`, `Invalid`, `TooLarge`, `NotComputed`. */
  readonly reason: string
  readonly message: string
}

/** What Argo CD's ApplicationSet controller makes of one set. */
export interface GeneratedApplications {
  /** Manifests sorted by name, as generated: without what the controller normalizes when it writes them. */
  readonly applications: readonly JsonObject[]
  /** Name to reason; the controller creates none of these, and of two with one name neither. */
  readonly invalid: Readonly<Record<string, string>>
  /** Those of them that lack a cluster, and which: its name or its server. */
  readonly unknownClusters: Readonly<Record<string, string>>
  readonly error?: SetError
  readonly warnings: readonly string[]
  /** Why nothing came of something, and what was probably meant; `app` is the name of an Application. */
  readonly problems: readonly Failure[]
  /**
   * Kinds of generators that query outside services. `applications` lacks their results, so others may exist.
   */
  readonly notComputable: readonly string[]
  /** What lies in the cluster after the controller has acted; absent without `existing` in the request. */
  readonly applied?: readonly JsonObject[]
  /** What was read of repositories, indexed as in the request: the result holds while all of it does. */
  readonly dependencies: readonly Dependency[]
  /** Its templates drew on the clock or on randomness: the controller gets something else each time. */
  readonly unstable: boolean
}

/** What comes of a set that could not be computed: the controller would act on nothing either. */
export function notGenerated(failure: Failure, dependencies: readonly Dependency[] = []): GeneratedApplications {
  return {
    applications: [],
    invalid: {},
    unknownClusters: {},
    error: { code: failure.code, reason: 'NotComputed', message: failure.message },
    warnings: [],
    problems: [failure],
    notComputable: [],
    dependencies,
    unstable: false,
  }
}

/** One step of an expansion: repositories that are missing, or the result. */
export type ApplicationSetStep =
  | { readonly type: 'needs'; readonly needs: readonly RepositoryNeed[] }
  | { readonly type: 'generated'; readonly result: GeneratedApplications }
