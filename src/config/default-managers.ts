/**
 * Field managers whose writes are GitOps writes, for apps of the config file that name none: the controllers, Helm, and
 * a pipeline's `kubectl apply`. A server-side apply writes as `kubectl`, as a manual `kubectl scale` does, so that one
 * has to be configured.
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

/** Field managers of tools for manual changes. `argocd-server` writes for users of Argo CD's web UI. */
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
