import type { Controller } from './controlled-apps.ts'

/** Something that people do, to one app. */
export interface Change {
  readonly what: string
  /** Name of the app as the corpus has it. */
  readonly app: string
  /** Arguments of kubectl, in the app's namespace. */
  readonly kubectl?: readonly string[]
  /** Files to commit; null removes one. */
  readonly commit?: Readonly<Record<string, string | null>>
  /** The controller hangs while the change is made and for as long as anybody waits for it. */
  readonly controllerHangs?: true
  /** The controller is told to leave the app alone first: `spec.suspend`, `argocd.argoproj.io/skip-reconcile`. */
  readonly suspended?: true
  /** Whose apps it is done to; to those of all where it is left out. */
  readonly only?: Controller
  /** All that the exporter tells of it but the status; see differencesOf. */
  readonly told: readonly string[]
  /** It stands in the short table, for its kind. */
  readonly inShort?: true
  /** Why a controller does not see it, or why this exporter calls it no drift. */
  readonly why: string
}

const CONTAINER = '/spec/template/spec/containers/0'
const patch = (target: string, operations: readonly object[]): readonly string[] => [
  ...['patch', target, '--type=json'],
  `--patch=${JSON.stringify(operations)}`,
]

const INTERVAL = 'Flux looks at its interval alone, and says nothing of what it undoes'
const ADDED = `Argo CD compares what Git declares, and nobody declares this; ${INTERVAL}`

const SCALED_PATCH = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: guestbook-ui
spec:
  replicas: 2
  progressDeadlineSeconds: 3
  template:
    spec:
      containers:
        - name: guestbook-ui
          command: ["fail"]
`

function configMap(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { made: 'later' } })
}

/** Each to an app of its own, so that one says nothing of another. */
export const CHANGES: readonly Change[] = [
  {
    what: 'replicas scaled',
    inShort: true,
    why: INTERVAL,
    told: ['Deployment/guestbook-ui changed /spec/replicas drift kubectl'],
    app: 'argo-guestbook-logs',
    kubectl: ['scale', 'deployment/guestbook-ui', '--replicas=4'],
  },
  {
    what: 'image changed',
    why: INTERVAL,
    told: [`Deployment/frontend changed ${CONTAINER}/image drift kubectl-set`],
    app: 'boutique-manifests',
    kubectl: ['set', 'image', 'deployment/frontend', 'server=nginx:9'],
  },
  {
    what: 'env variable added',
    inShort: true,
    why: ADDED,
    told: [`Deployment/frontend added ${CONTAINER}/env/10 drift kubectl-set`],
    app: 'boutique-kustomize',
    kubectl: ['set', 'env', 'deployment/frontend', 'DEBUG=1'],
  },
  {
    what: 'label added',
    why: ADDED,
    told: ['Service/frontend added /metadata/labels/team drift kubectl-label'],
    app: 'boutique-memorystore',
    kubectl: ['label', 'service/frontend', 'team=shop'],
  },
  {
    what: 'annotation added',
    why: ADDED,
    told: ['ServiceAccount/cartservice added /metadata/annotations/owner drift kubectl-annotate'],
    app: 'boutique-spanner',
    kubectl: ['annotate', 'serviceaccount/cartservice', 'owner=me'],
  },
  {
    what: 'ConfigMap key added',
    why: ADDED,
    told: ['ConfigMap/my-map added /data/extra drift kubectl-patch'],
    app: 'argo-config-map',
    kubectl: ['patch', 'configmap/my-map', '--patch={"data":{"extra":"yes"}}'],
  },
  {
    what: 'ConfigMap value changed',
    why: INTERVAL,
    told: ['ConfigMap/my-map changed /data/message drift kubectl-patch'],
    app: 'argo-hydrator-directory',
    kubectl: ['patch', 'configmap/my-map', '--patch={"data":{"message":"mine"}}'],
  },
  {
    what: 'Service port added',
    why: ADDED,
    told: [
      'Service/my-service added /spec/ports/0/name drift kubectl-patch',
      'Service/my-service added /spec/ports/1 drift kubectl-patch',
    ],
    app: 'argo-service',
    kubectl: patch('service/my-service', [
      { op: 'add', path: '/spec/ports/0/name', value: 'http' },
      { op: 'add', path: '/spec/ports/-', value: { name: 'debug', port: 6060 } },
    ]),
  },
  {
    what: 'hostNetwork switched on',
    inShort: true,
    why: ADDED,
    told: ['Deployment/podinfo added /spec/template/spec/hostNetwork drift kubectl-patch'],
    app: 'podinfo-kustomize',
    kubectl: patch('deployment/podinfo', [{ op: 'add', path: '/spec/template/spec/hostNetwork', value: true }]),
  },
  {
    what: 'declared ports removed',
    why: INTERVAL,
    told: [`Deployment/guestbook-ui missing ${CONTAINER}/ports drift`],
    app: 'argo-guestbook',
    kubectl: patch('deployment/guestbook-ui', [{ op: 'remove', path: `${CONTAINER}/ports` }]),
  },
  {
    what: 'Secret value changed',
    inShort: true,
    why: INTERVAL,
    told: ['Secret/test-secret changed /data/username drift kubectl-patch'],
    app: 'argo-secrets',
    kubectl: ['patch', 'secret/test-secret', '--patch={"stringData":{"username":"mallory"}}'],
  },
  {
    what: 'rule added to a Role',
    why: INTERVAL,
    told: ['Role/modify-pods-role changed /rules drift kubectl-patch'],
    app: 'argo-syncwaves-prune-order',
    kubectl: patch('role/modify-pods-role', [
      { op: 'add', path: '/rules/-', value: { apiGroups: [''], resources: ['secrets'], verbs: ['get'] } },
    ]),
  },
  {
    what: 'object deleted',
    inShort: true,
    why: INTERVAL,
    told: ['Service/frontend missing'],
    app: 'boutique-istio',
    kubectl: ['delete', 'service/frontend'],
  },
  {
    what: 'rollout restarted',
    why: 'what operation needs is shown with who did it, and is no drift',
    told: [
      'Deployment/nginx-deployment added /spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt report kubectl-rollout',
    ],
    app: 'argo-deployment',
    kubectl: ['rollout', 'restart', 'deployment'],
  },
  {
    what: 'edited while the app is suspended',
    inShort: true,
    why: 'who is told to leave an app alone does not look at it',
    told: ['Deployment/main changed /spec/replicas drift kubectl'],
    app: 'argo-one-deployment',
    kubectl: ['scale', 'deployment/main', '--replicas=5'],
    suspended: true,
  },
]

/** While the controllers hang, which they do for all of their apps. */
export const LATE_CHANGES: readonly Change[] = [
  {
    what: 'edited while the controller hangs',
    inShort: true,
    why: 'what a controller said before it hung is what its metrics go on to say',
    told: ['Deployment/web changed /spec/replicas drift kubectl'],
    app: 'field-sidecar-and-empty-fields',
    kubectl: ['scale', 'deployment/web', '--replicas=5'],
    controllerHangs: true,
  },
]

/** What Flux is not told of, for all of its apps would be reconciled by it. */
export const COMMITS: readonly Change[] = [
  {
    what: 'commit that nobody deploys',
    inShort: true,
    only: 'argocd',
    why: '',
    told: ['Deployment/guestbook-ui changed /spec/replicas drift argocd-controller'],
    app: 'argo-crashing-guestbook',
    commit: { 'argo-cd/test/e2e/testdata/crashing-guestbook/guestbook-deployment.yaml': SCALED_PATCH },
  },
  {
    what: 'commit that adds an object',
    only: 'argocd',
    why: '',
    told: ['ConfigMap/committed missing'],
    app: 'field-default-classes',
    commit: { 'field/default-classes/extra.yaml': configMap('committed') },
  },
  {
    what: 'commit that removes an object',
    only: 'argocd',
    why: '',
    told: ['Pod/pod-2 extra'],
    app: 'argo-two-nice-pods',
    commit: { 'argo-cd/test/e2e/testdata/two-nice-pods/pod-2.yaml': null },
  },
]

/** When all else is recorded: Flux reconciles every app by it, as it does at the interval of each. */
export const LAST_CHANGES: readonly Change[] = [
  {
    what: 'commit while the app is suspended',
    inShort: true,
    why: 'who is told to leave an app alone does not look at it; how far the cluster is behind stays to be known',
    told: [],
    app: 'field-endpoints-of-services',
    commit: { 'field/endpoints-of-services/extra.yaml': configMap('later') },
    suspended: true,
  },
]
