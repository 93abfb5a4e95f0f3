/** The real programs that tests start or compare with, each built from the Go module in its folder here. */
export type ToolName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kubectl'
  | 'prometheus'
  | 'promtool'
  | 'prometheus-2.42'
  | 'promtool-2.42'
  | 'alertmanager'
  | 'amtool'
  | 'helm'
  | 'kustomize'
  | 'argocd'
  | 'kustomize-controller'
  | 'sops'
  | 'kube-controller-manager'
  | 'cainjector'
  | 'registry'

export interface ToolModule {
  /** Folder under test/tools/ with go.mod and go.sum. */
  readonly folder: string
  readonly programs: readonly { readonly name: ToolName; readonly package: string }[]
  readonly tags: readonly string[]
  readonly ldflags: readonly string[]
  /** On a cold cache and two cores; shown so that nobody thinks it hangs. */
  readonly minutes: number
}

/** Without these the server calls itself v0.0.0-master. */
const KUBERNETES_VERSION = ['gitVersion=v1.36.3', 'gitMajor=1', 'gitMinor=36', 'gitTreeState=clean'].map(
  (value) => `-X k8s.io/component-base/version.${value}`,
)

export const TOOL_MODULES: readonly ToolModule[] = [
  {
    folder: 'etcd',
    programs: [{ name: 'etcd', package: 'go.etcd.io/etcd/server/v3' }],
    tags: [],
    ldflags: [],
    minutes: 1,
  },
  {
    folder: 'kube-apiserver',
    programs: [
      { name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
      { name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
    ],
    tags: [],
    ldflags: KUBERNETES_VERSION,
    minutes: 5,
  },
  {
    folder: 'renderers',
    programs: [
      { name: 'helm', package: 'helm.sh/helm/v4/cmd/helm' },
      { name: 'kustomize', package: 'sigs.k8s.io/kustomize/kustomize/v5' },
    ],
    tags: [],
    ldflags: [],
    minutes: 2,
  },
  {
    folder: 'prometheus',
    programs: [
      { name: 'prometheus', package: 'github.com/prometheus/prometheus/cmd/prometheus' },
      { name: 'promtool', package: 'github.com/prometheus/prometheus/cmd/promtool' },
    ],
    // Service discovery is two thirds of the build, and the tests have static targets.
    tags: ['remove_all_sd'],
    ldflags: [],
    minutes: 3,
  },
  {
    // A module of its own: together with Prometheus it would be downgraded. Newer versions embed a UI that the module lacks.
    folder: 'alertmanager',
    programs: [
      { name: 'alertmanager', package: 'github.com/prometheus/alertmanager/cmd/alertmanager' },
      { name: 'amtool', package: 'github.com/prometheus/alertmanager/cmd/amtool' },
    ],
    tags: [],
    ldflags: [],
    minutes: 2,
  },
  {
    folder: 'registry',
    programs: [{ name: 'registry', package: 'github.com/distribution/distribution/v3/cmd/registry' }],
    tags: [],
    ldflags: [],
    minutes: 2,
  },
]

/** The controllers that `npm run record` starts. `npm test` replays what they did and does not build them. */
export const RECORD_MODULES: readonly ToolModule[] = [
  {
    folder: 'argocd',
    programs: [{ name: 'argocd', package: 'github.com/argoproj/argo-cd/v3/cmd' }],
    tags: [],
    ldflags: ['-X github.com/argoproj/argo-cd/v3/common.version=3.5.7'],
    minutes: 8,
  },
  {
    // 1.10 needs Go 1.27.
    folder: 'kustomize-controller',
    programs: [
      { name: 'kustomize-controller', package: 'github.com/fluxcd/kustomize-controller' },
      { name: 'sops', package: 'github.com/getsops/sops/v3/cmd/sops' },
    ],
    tags: [],
    ldflags: [],
    minutes: 8,
  },
  {
    // A module of its own, so that what `npm test` builds does not change with it.
    folder: 'kube-controller-manager',
    programs: [{ name: 'kube-controller-manager', package: 'k8s.io/kubernetes/cmd/kube-controller-manager' }],
    tags: [],
    ldflags: KUBERNETES_VERSION,
    minutes: 3,
  },
  {
    // The injector's controllers lie in cert-manager's module, its program does not: main.go is ours.
    folder: 'cainjector',
    programs: [{ name: 'cainjector', package: '.' }],
    tags: [],
    ldflags: [],
    minutes: 3,
  },
]

/** The oldest Prometheus that the rules are for; `npm run compatibility` plays them on it. */
export const OLDEST_MODULES: readonly ToolModule[] = [
  {
    folder: 'prometheus-2.42',
    programs: [
      { name: 'prometheus-2.42', package: 'github.com/prometheus/prometheus/cmd/prometheus' },
      { name: 'promtool-2.42', package: 'github.com/prometheus/prometheus/cmd/promtool' },
    ],
    tags: [],
    ldflags: [],
    minutes: 5,
  },
]
