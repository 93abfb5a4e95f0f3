import type { Json } from '../../../model/json.ts'
import type { FieldContext, FieldRule } from '../../schema/node.ts'
import { ALLOCATED, always, at, KEPT, type TypeRules } from './rule-helpers.ts'

const MAX_INT32 = 2147483647

/** An autoscaler's scaling leaves no entry on objects that are applied by the server: replicas that nobody owns are its. */
const REPLICAS: FieldRule = { default: 1, allocated: () => true }

export const WORKLOAD_RULES: TypeRules = {
  'apps.DeploymentSpec': {
    replicas: REPLICAS,
    revisionHistoryLimit: always(10),
    progressDeadlineSeconds: always(600),
  },
  'apps.DeploymentStrategy': {
    type: always('RollingUpdate'),
    rollingUpdate: whenRolling({ maxSurge: '25%', maxUnavailable: '25%' }),
  },
  'apps.RollingUpdateDeployment': { maxSurge: always('25%'), maxUnavailable: always('25%') },
  'apps.DaemonSetSpec': { revisionHistoryLimit: always(10) },
  'apps.DaemonSetUpdateStrategy': {
    type: always('RollingUpdate'),
    rollingUpdate: whenRolling({ maxSurge: 0, maxUnavailable: 1 }),
  },
  'apps.RollingUpdateDaemonSet': { maxSurge: always(0), maxUnavailable: always(1) },
  'apps.ReplicaSetSpec': { replicas: REPLICAS },
  'apps.StatefulSetSpec': {
    replicas: REPLICAS,
    revisionHistoryLimit: always(10),
    podManagementPolicy: always('OrderedReady'),
    persistentVolumeClaimRetentionPolicy: always({ whenDeleted: 'Retain', whenScaled: 'Retain' }),
  },
  'apps.StatefulSetPersistentVolumeClaimRetentionPolicy': {
    whenDeleted: always('Retain'),
    whenScaled: always('Retain'),
  },
  'apps.StatefulSetUpdateStrategy': {
    type: always('RollingUpdate'),
    rollingUpdate: {
      fill: ({ live, desired }) =>
        live.type === 'RollingUpdate' && desired?.type === undefined ? rollingStatefulSet(live) : undefined,
    },
  },
  // maxUnavailable belongs to a feature that a server may not have.
  'apps.RollingUpdateStatefulSetStrategy': { partition: always(0), maxUnavailable: always(1) },
  // A CronJob's template gets them only when a Job is made from it.
  'batch.JobSpec': {
    completions: ofJob(1),
    parallelism: ofJob(1),
    backoffLimit: ofJob(({ backoffLimitPerIndex }) => (backoffLimitPerIndex === undefined ? 6 : MAX_INT32)),
    completionMode: ofJob('NonIndexed'),
    suspend: ofJob(false),
    podReplacementPolicy: ofJob(({ podFailurePolicy }) =>
      podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed',
    ),
    manualSelector: ofJob(false),
    selector: KEPT,
  },
  'batch.CronJobSpec': {
    concurrencyPolicy: always('Allow'),
    suspend: always(false),
    successfulJobsHistoryLimit: always(3),
    failedJobsHistoryLimit: always(1),
  },
  'batch.PodFailurePolicyOnPodConditionsPattern': { status: always('True') },
  'autoscaling.HorizontalPodAutoscalerSpec': {
    minReplicas: always(1),
    metrics: always([
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
    ]),
    targetCPUUtilizationPercentage: always(80),
  },
  'autoscaling.HorizontalPodAutoscalerBehavior': {
    scaleUp: always({ stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: scaleUpPolicies() }),
    scaleDown: always({ selectPolicy: 'Max', policies: scaleDownPolicies() }),
  },
  'autoscaling.HPAScalingRules': {
    selectPolicy: always('Max'),
    stabilizationWindowSeconds: { fill: (context) => (isScaleUp(context) ? 0 : undefined) },
    policies: { fill: (context) => (isScaleUp(context) ? scaleUpPolicies() : scaleDownPolicies()) },
  },
  'apps.ControllerRevision': {},
  // Dropped while the feature CoordinatedLeaderElection is off.
  'coordination.LeaseSpec': { strategy: always(''), preferredHolder: always('') },
  'scheduling.PriorityClass': { preemptionPolicy: always('PreemptLowerPriority') },
  'policy.PodDisruptionBudgetSpec': {},
  'certificates.CertificateSigningRequestSpec': {
    username: ALLOCATED,
    uid: ALLOCATED,
    groups: ALLOCATED,
    extra: ALLOCATED,
  },
}

function ofJob(value: Json | ((spec: FieldContext['live']) => Json)): FieldRule {
  return {
    fill: ({ root, live }) => {
      if (root.kind !== 'Job') return undefined
      return typeof value === 'function' ? value(live) : value
    },
  }
}

function whenRolling(value: Json): FieldRule {
  return { fill: ({ live }) => (live.type === 'RollingUpdate' ? value : undefined) }
}

function rollingStatefulSet(live: FieldContext['live']): Json {
  const maxUnavailable = at(live, 'rollingUpdate', 'maxUnavailable')
  return maxUnavailable === undefined ? { partition: 0 } : { partition: 0, maxUnavailable: 1 }
}

function scaleUpPolicies(): Json {
  return [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ]
}

function scaleDownPolicies(): Json {
  return [{ type: 'Percent', value: 100, periodSeconds: 15 }]
}

function isScaleUp({ live, chain }: FieldContext): boolean {
  return at(chain.at(-2), 'scaleUp') === live
}
