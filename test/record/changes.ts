import { setTimeout as sleep } from 'node:timers/promises'
import type { Exporter } from '../e2e/exporter.ts'
import type { SeenApp } from '../e2e/exposition.ts'
import type { ControlledApp } from './controlled-apps.ts'
import { isGood, reportedStatus, resourcePath, serverOf } from './reported-status.ts'
import type { Stage } from './stage.ts'

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
  /** The Kustomization is suspended first. */
  readonly suspended?: true
  /** All that the exporter tells of it but the status; see differencesOf. */
  readonly told: readonly string[]
}

/** How soon somebody saw a change: null is not at all. */
export interface Seen {
  readonly status: string
  readonly milliseconds: number | null
}

export interface ChangeRow {
  readonly what: string
  readonly app: string
  readonly controller: Seen
  readonly exporter: Seen & { readonly cause: string }
}

const CONTAINER = '/spec/template/spec/containers/0'
const patch = (target: string, operations: readonly object[]): readonly string[] => [
  ...['patch', target, '--type=json'],
  `--patch=${JSON.stringify(operations)}`,
]

/** Each to an app of its own, so that one says nothing of another. */
export const CHANGES: readonly Change[] = [
  {
    what: 'replicas scaled',
    told: ['Deployment/guestbook-ui changed /spec/replicas drift kubectl'],
    app: 'argo-guestbook-logs',
    kubectl: ['scale', 'deployment/guestbook-ui', '--replicas=4'],
  },
  {
    what: 'image changed',
    told: [`Deployment/frontend changed ${CONTAINER}/image drift kubectl-set`],
    app: 'boutique-manifests',
    kubectl: ['set', 'image', 'deployment/frontend', 'server=nginx:9'],
  },
  {
    what: 'env variable added',
    told: [`Deployment/frontend added ${CONTAINER}/env/10 drift kubectl-set`],
    app: 'boutique-kustomize',
    kubectl: ['set', 'env', 'deployment/frontend', 'DEBUG=1'],
  },
  {
    what: 'label added',
    told: ['Service/frontend added /metadata/labels/team drift kubectl-label'],
    app: 'boutique-memorystore',
    kubectl: ['label', 'service/frontend', 'team=shop'],
  },
  {
    what: 'annotation added',
    told: ['ServiceAccount/cartservice added /metadata/annotations/owner drift kubectl-annotate'],
    app: 'boutique-spanner',
    kubectl: ['annotate', 'serviceaccount/cartservice', 'owner=me'],
  },
  {
    what: 'ConfigMap key added',
    told: ['ConfigMap/my-map added /data/extra drift kubectl-patch'],
    app: 'argo-config-map',
    kubectl: ['patch', 'configmap/my-map', '--patch={"data":{"extra":"yes"}}'],
  },
  {
    what: 'ConfigMap value changed',
    told: ['ConfigMap/a changed /data/x drift kubectl-patch'],
    app: 'field-config-map-nulls',
    kubectl: ['patch', 'configmap/a', '--patch={"data":{"x":"2"}}'],
  },
  {
    what: 'Service port added',
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
    told: ['Deployment/podinfo added /spec/template/spec/hostNetwork drift kubectl-patch'],
    app: 'podinfo-kustomize',
    kubectl: patch('deployment/podinfo', [{ op: 'add', path: '/spec/template/spec/hostNetwork', value: true }]),
  },
  {
    what: 'declared ports removed',
    told: [`Deployment/guestbook-ui missing ${CONTAINER}/ports drift`],
    app: 'argo-guestbook',
    kubectl: patch('deployment/guestbook-ui', [{ op: 'remove', path: `${CONTAINER}/ports` }]),
  },
  {
    what: 'Secret value changed',
    told: ['Secret/test-secret changed /data/username drift kubectl-patch'],
    app: 'argo-secrets',
    kubectl: ['patch', 'secret/test-secret', '--patch={"stringData":{"username":"mallory"}}'],
  },
  {
    what: 'rule added to a Role',
    told: ['Role/prometheus-k8s-config added /rules/1 drift kubectl-patch'],
    app: 'kube-prometheus',
    kubectl: patch('role/prometheus-k8s-config', [
      { op: 'add', path: '/rules/-', value: { apiGroups: [''], resources: ['secrets'], verbs: ['get'] } },
    ]),
  },
  {
    what: 'object deleted',
    told: ['Service/frontend missing'],
    app: 'boutique-istio',
    kubectl: ['delete', 'service/frontend'],
  },
  {
    what: 'rollout restarted',
    told: [
      'Deployment/nginx-deployment added /spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt report kubectl-rollout',
    ],
    app: 'argo-deployment',
    kubectl: ['rollout', 'restart', 'deployment'],
  },
]

export const LATE_CHANGES: readonly Change[] = [
  {
    what: 'edited while the controller hangs',
    told: [],
    app: 'field-sidecar-and-empty-fields',
    kubectl: ['scale', 'deployment/web', '--replicas=5'],
    controllerHangs: true,
  },
]

export const KUSTOMIZATION_CHANGES: readonly Change[] = [
  {
    what: 'edited while the Kustomization is suspended',
    told: [],
    app: 'argo-one-deployment',
    kubectl: ['scale', 'deployment', '--all', '--replicas=5'],
    suspended: true,
  },
]

export const COMMITS: readonly Change[] = [
  {
    what: 'commit that nobody deploys',
    told: [],
    app: 'argo-crashing-guestbook',
    commit: { 'argo-cd/test/e2e/testdata/crashing-guestbook/extra.yaml': configMap('committed') },
  },
  {
    what: 'commit that removes an object',
    told: [],
    app: 'argo-two-nice-pods',
    commit: { 'argo-cd/test/e2e/testdata/two-nice-pods/pod-2.yaml': null },
  },
]

function configMap(name: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { made: 'later' } })
}

/** As long as both are waited for at least; what a controller has not said by then, it is asked to look again for. */
const WAIT_SECONDS = 15
/** On a busy machine the exporter is late, too: then the controller gets the same time. */
const MOST_SECONDS = 120

/** Makes the change and waits until both have seen it, or the time is over. */
export async function measureChange(
  stage: Stage,
  exporter: Exporter,
  app: ControlledApp,
  change: Change,
  seconds = WAIT_SECONDS,
): Promise<ChangeRow> {
  const { kubectl, commit, controllerHangs, suspended } = change
  if (suspended === true) await suspend(stage, app)
  const program = app.controller === 'argocd' ? stage.argocd.controller : stage.kustomizeController
  if (controllerHangs === true) program.pause()
  try {
    const started = performance.now()
    if (kubectl !== undefined) await stage.servers[app.cluster].kubectl([...kubectl, `--namespace=${app.namespace}`])
    if (commit !== undefined) await stage.commit(commit)
    const made = performance.now()
    const place = `${app.name}@${app.cluster}`
    const most = made + Math.max(seconds, MOST_SECONDS) * 1000
    let deadline = most
    const ours = watch(
      started,
      () => most,
      async () => {
        const seen = (await seenApps(exporter)).get(place)
        return { status: seen?.status ?? 'absent', cause: seen?.cause ?? '', isSeen: seen?.status !== 'Synced' }
      },
    ).finally(() => {
      deadline = Math.max(made + seconds * 1000, performance.now())
    })
    const theirs = watch(
      started,
      () => deadline,
      async () => {
        const reported = await reportedStatus(app, stage.servers)
        return { status: reported.status, cause: '', isSeen: !isGood(reported) }
      },
    )
    const [own, controller] = await Promise.all([ours, theirs])
    return {
      what: change.what,
      app: change.app,
      controller: { status: controller.status, milliseconds: controller.milliseconds },
      exporter: own,
    }
  } finally {
    if (controllerHangs === true) program.resume()
  }
}

/** What the exporter says; a scrape that it does not answer in time on a busy machine is made again, as Prometheus would. */
export async function seenApps(exporter: Exporter): Promise<ReadonlyMap<string, SeenApp>> {
  for (let tries = 1; ; tries++)
    try {
      return await exporter.apps()
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError'
      if (!isLate || tries === 10) throw error
    }
}

interface Look {
  readonly status: string
  readonly cause: string
  readonly isSeen: boolean
}

async function watch(started: number, deadline: () => number, look: () => Promise<Look>) {
  for (;;) {
    const { status, cause, isSeen } = await look()
    const now = performance.now()
    if (isSeen) return { status, cause, milliseconds: Math.round(now - started) }
    if (now > deadline()) return { status, cause, milliseconds: null }
    await sleep(40)
  }
}

async function suspend(stage: Stage, app: ControlledApp): Promise<void> {
  const { admin } = serverOf(app, stage.servers)
  await admin.request('PATCH', resourcePath(app), { spec: { suspend: true } }, 'application/merge-patch+json')
}
