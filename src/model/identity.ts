export type Controller = 'argocd' | 'flux' | 'helm' | 'static'
export const CONTROLLERS = ['argocd', 'flux', 'helm', 'static'] as const satisfies readonly Controller[]

/**
 * What names one app. One declaration with several destinations (a cluster selector) is several apps.
 */
export interface AppIdentity {
  readonly controller: Controller
  /** `Application`, `Kustomization`, `HelmRelease`, `Release`, or `App` for the config file. */
  readonly kind: string
  /** The cluster whose API declares it; '' for the config file. */
  readonly declaredIn: string
  /** The namespace it is declared in; '' for the config file. */
  readonly namespace: string
  readonly name: string
  /** Name of the destination cluster; '' while it is not known. */
  readonly destination: string
}

export type AppId = string & { readonly __brand: 'AppId' }

/** '|' occurs in no name of Kubernetes and is refused in names of the config file. */
export function appId(identity: AppIdentity): AppId {
  const { controller, kind, declaredIn, namespace, name, destination } = identity
  return [controller, kind, declaredIn, namespace, name, destination].join('|') as AppId
}
