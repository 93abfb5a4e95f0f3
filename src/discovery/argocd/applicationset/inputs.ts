import type { Failure } from '../../../model/failure.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { SourceTree } from '../../../model/sources/rendering.ts'

/** What a cluster Secret says, without its credentials: what generators and destinations see of a cluster. */
export interface ClusterSecretFacts {
  readonly namespace: string
  readonly secretName: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly name: string
  readonly server: string
  readonly project: string
  /** Its `config` cannot be read: generators still see the cluster, destinations do not. */
  readonly broken: boolean
}

/** Settings of argocd-cm and argocd-cmd-params-cm that change what sets generate and what the controller does with it. */
export interface ApplicationSetSettings {
  readonly inClusterDisabled: boolean
  readonly newGitFileGlobbing: boolean
  readonly includeHiddenDirectories: boolean
  /** The controller's `--policy`; '' is `sync`, which sets may override. */
  readonly policy: string
  readonly policyOverrideDisabled: boolean
  readonly preservedAnnotations: readonly string[]
  readonly preservedLabels: readonly string[]
}

export const DEFAULT_APPLICATION_SET_SETTINGS: ApplicationSetSettings = {
  inClusterDisabled: false,
  newGitFileGlobbing: false,
  includeHiddenDirectories: false,
  policy: '',
  policyOverrideDisabled: false,
  preservedAnnotations: [],
  preservedLabels: [],
}

export interface ApplicationSetLimits {
  /** Of one set. */
  readonly applications: number
  /** That one generator may give before selectors and merges choose from them. */
  readonly parameterSets: number
  /** Of one file that a git generator reads, and of all of them. */
  readonly fileBytes: number
  readonly totalFileBytes: number
  /** That one set may read. */
  readonly repositories: number
}

export const APPLICATION_SET_LIMITS: ApplicationSetLimits = {
  applications: 10_000,
  parameterSets: 50_000,
  fileBytes: 4 * 1024 * 1024,
  totalFileBytes: 64 * 1024 * 1024,
  repositories: 100,
}

/** What a git generator reads. `project` is the set's, whose credentials are used; '' when it is templated. */
export interface RepositoryNeed {
  readonly url: string
  readonly revision: string
  readonly project: string
}

/** A need that was met: the tree of the commit, or why there is none, which is then the set's error. */
export interface RepositoryAnswer {
  readonly need: RepositoryNeed
  readonly found: { readonly tree: SourceTree } | { readonly failure: Failure }
}

/** One ApplicationSet and all that its expansion depends on: plain data, so that it can be computed in another thread. */
export interface ApplicationSetRequest {
  readonly applicationSet: JsonObject
  /** Argo CD's own namespace, where AppProjects and cluster Secrets count. */
  readonly argocdNamespace: string
  readonly clusterSecrets: readonly ClusterSecretFacts[]
  /** Names of the AppProjects; absent when they cannot be read: then every project is taken to exist. */
  readonly projects?: readonly string[]
  readonly repositories: readonly RepositoryAnswer[]
  readonly settings: ApplicationSetSettings
  /** Live Applications of the set's namespace, its own and others; absent when only what is generated is asked for. */
  readonly existing?: readonly JsonObject[]
  readonly limits: ApplicationSetLimits
}
