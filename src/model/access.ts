/** Who asks, as whoever signed him in says. */
export interface Identity {
  readonly user: string
  readonly groups: readonly string[]
  /** What an API server says besides, which its authorizers may want to know. */
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** The right to `get` a resource: of one name, of a whole namespace, or everywhere where the namespace is ''. */
export interface ResourceRight {
  readonly group: string
  readonly resource: string
  readonly namespace: string
  readonly name?: string
}

/** An API server that says who a token is of, and what that one may. Both throw CodedError where it does not answer. */
export interface AccessReviews {
  /** @returns undefined where the token is nobody's */
  identify(token: string, signal: AbortSignal): Promise<Identity | undefined>
  permits(identity: Identity, right: ResourceRight, signal: AbortSignal): Promise<boolean>
}

/** What one Argo CD says of who may see which Applications. */
export interface ArgocdPolicies {
  /** Of argocd-rbac-cm; empty where there is none. */
  readonly data: Readonly<Record<string, string>>
  readonly projects: readonly {
    readonly name: string
    readonly roles: readonly {
      readonly name: string
      readonly policies: readonly string[]
      readonly groups: readonly string[]
    }[]
  }[]
}

/** @throws CodedError where the API server does not answer, or lets them not be read */
export type ReadArgocdPolicies = (signal: AbortSignal) => Promise<ArgocdPolicies>

/** What those may see whom it is for; `*` in a text stands for any run of characters. */
export interface AccessRole {
  readonly users: readonly string[]
  readonly groups: readonly string[]
  /** Names of projects. An app without one is seen by `*` alone. */
  readonly projects: readonly string[]
  /** Clusters that apps are for. */
  readonly clusters: readonly string[]
  /** Whether values of fields are shown, too. */
  readonly values: boolean
}

/** A proxy that signs people in, and names them in headers. Whoever can reach the listener as that proxy is whoever he says. */
export interface TrustedProxy {
  /** Addresses, or networks such as `10.0.0.0/8`, that it connects from; empty: it is known by its certificate alone. */
  readonly addresses: readonly string[]
  /** Alternative names of its client certificate, which the web config has verified; empty: it is known by its address alone. */
  readonly clientNames: readonly string[]
  /** In small letters. */
  readonly userHeader: string
  readonly groupsHeader: string
}

/** An OpenID provider that people are sent to. */
export interface OpenIdProvider {
  readonly issuer: string
  readonly clientId: string
  /** Absolute path; absent: a public client. */
  readonly clientSecretFile?: string
  /** Absolute path of what sessions are signed with; absent: one is made at each start. */
  readonly sessionKeyFile?: string
  readonly scopes: readonly string[]
  /** Claims that name the user and his groups. */
  readonly userClaim: string
  readonly groupsClaim: string
  /** After so long people are sent there again. */
  readonly sessionSeconds: number
  /** Where people reach the pages: they come back there. */
  readonly externalUrl: string
}

/** Who may see what on the listener of the pages. */
export interface AccessSettings {
  readonly roles: readonly AccessRole[]
  readonly proxy?: TrustedProxy
  readonly oidc?: OpenIdProvider
  /** An Argo CD whose policies hold for its Applications here, too: the cluster where it is, and its own namespace. */
  readonly argocd?: { readonly cluster: string; readonly namespace: string }
  /** Bearer tokens: the cluster that says whose they are, and for which audiences they have to be; its own where none is named. */
  readonly tokens?: { readonly cluster: string; readonly audiences: readonly string[] }
}
