/**
 * Whose writes are GitOps writes where an app of the config file does not say: the controllers, Helm, and a pipeline's
 * `kubectl apply`. A pipeline that applies on the server's side writes as `kubectl`, which people's `kubectl scale` does
 * too, so that one has to be named.
 */
export const DEFAULT_MANAGERS: readonly string[] = [
  'kubectl-client-side-apply',
  'argocd-controller',
  'argocd-application-controller',
  'kustomize-controller',
  'helm-controller',
  'helm',
  'Helm',
]

/** People's tools. `argocd-server` is a person at Argo CD's page. */
export const DEFAULT_MANUAL_MANAGERS: readonly string[] = [
  'kubectl*',
  'k9s',
  'Lens*',
  'freelens*',
  'OpenLens*',
  'Headlamp*',
  'headlamp*',
  'dashboard*',
  'kubernetes-dashboard*',
  'rancher',
  'argocd-server',
  'node-fetch',
  'Mozilla',
]
