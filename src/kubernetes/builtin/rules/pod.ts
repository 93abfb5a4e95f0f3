import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { FieldContext } from '../../schema/node.ts'
import { aliasOf, always, at, enclosing, type TypeRules, textAt } from './rule-helpers.ts'

const MODE = always(420)
const PROTOCOL = always('TCP')
const CONTAINER = {
  imagePullPolicy: { fill: ({ live }: FieldContext) => pullPolicy(live.image) },
  terminationMessagePath: always('/dev/termination-log'),
  terminationMessagePolicy: always('File'),
  // The ServiceAccount plugin mounts a token into every container of a Pod.
  'volumeMounts.*': {
    allocated: (value: Json, { root }: FieldContext) =>
      root.kind === 'Pod' && at(value, 'mountPath') === '/var/run/secrets/kubernetes.io/serviceaccount',
  },
}

export const POD_RULES: TypeRules = {
  'core.Container': CONTAINER,
  'core.EphemeralContainer': CONTAINER,
  'core.ContainerPort': { protocol: PROTOCOL, hostPort: { fill: hostPortOfPod, allocated: isHostPort } },
  'core.ResourceRequirements': {
    // Admission plugin LimitRanger sets what a namespace prescribes.
    'limits.*': { allocated: (_value, { root }) => root.kind === 'Pod' },
    'requests.*': { fill: requestOfPod, allocated: (_value, { root }) => root.kind === 'Pod' },
  },
  'core.Probe': {
    timeoutSeconds: always(1),
    periodSeconds: always(10),
    successThreshold: always(1),
    failureThreshold: always(3),
  },
  'core.HTTPGetAction': { path: always('/'), scheme: always('HTTP') },
  'core.GRPCAction': { service: always('') },
  'core.ObjectFieldSelector': { apiVersion: always('v1') },
  'core.ResourceFieldSelector': { divisor: always('0') },
  'core.FileKeySelector': { optional: always(false) },
  'core.PodSpec': {
    dnsPolicy: always('ClusterFirst'),
    restartPolicy: always('Always'),
    securityContext: always({}),
    terminationGracePeriodSeconds: always(30),
    schedulerName: always('default-scheduler'),
    enableServiceLinks: { fill: ({ root }) => (root.kind === 'Pod' ? true : undefined) },
    serviceAccount: {
      fill: ({ live }) => live.serviceAccountName,
      // Of the two names, the newer wins.
      foreign: ({ desired }) => typeof desired?.serviceAccountName === 'string' && desired.serviceAccountName !== '',
    },
    serviceAccountName: {
      ...aliasOf('serviceAccount'),
      retained: 'serviceAccount',
      allocated: (value, { root }) => root.kind === 'Pod' && value === 'default',
    },
    nodeName: { allocated: (_value, { root }) => root.kind === 'Pod' },
    // Admission plugins Priority and RuntimeClass resolve the names of classes.
    priority: { allocated: (_value, { root }) => root.kind === 'Pod' },
    priorityClassName: { allocated: (_value, { root }) => root.kind === 'Pod' },
    preemptionPolicy: { allocated: (_value, { root }) => root.kind === 'Pod' },
    overhead: { allocated: (_value, { root }) => root.kind === 'Pod' },
    // Admission plugins DefaultTolerationSeconds and TaintNodesByCondition.
    tolerations: {
      allocated: (value, { root }) => root.kind === 'Pod' && Array.isArray(value) && value.every(isConditionToleration),
      appended: isConditionToleration,
    },
    imagePullSecrets: { allocated: (_value, { root }) => root.kind === 'Pod' },
    resources: { fill: podResources },
    // Dropped while its feature is off.
    schedulingGroup: always({}),
    'volumes.*': {
      allocated: (value, { root }) => root.kind === 'Pod' && textAt(value, 'name').startsWith('kube-api-access-'),
    },
  },
  // Dropped while the features ContainerStopSignals, ClusterTrustBundleProjection and PodCertificateRequest are off.
  'core.Lifecycle': { stopSignal: always('') },
  'core.VolumeProjection': { clusterTrustBundle: always({}), podCertificate: always({}) },
  'core.SecretVolumeSource': { defaultMode: MODE },
  'core.ConfigMapVolumeSource': { defaultMode: MODE },
  'core.DownwardAPIVolumeSource': { defaultMode: MODE },
  'core.ProjectedVolumeSource': { defaultMode: MODE },
  'core.ServiceAccountTokenProjection': { expirationSeconds: always(3600) },
  'core.HostPathVolumeSource': { type: always('') },
  'core.ImageVolumeSource': { pullPolicy: { fill: ({ live }) => pullPolicy(live.reference) } },
  'core.Volume': { emptyDir: { fill: ({ live }) => (Object.keys(live).length <= 2 ? {} : undefined) } },
  'core.ISCSIVolumeSource': { iscsiInterface: always('default') },
  'core.RBDVolumeSource': { pool: always('rbd'), user: always('admin'), keyring: always('/etc/ceph/keyring') },
  'core.AzureDiskVolumeSource': {
    cachingMode: always('ReadWrite'),
    kind: always('Shared'),
    fsType: always('ext4'),
    readOnly: always(false),
  },
  'core.ScaleIOVolumeSource': { storageMode: always('ThinProvisioned'), fsType: always('xfs') },
}

const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const DOMAIN = '(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[a-fA-F0-9:]+\\])(?::\\d+)?'
const REFERENCE = new RegExp(`^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?::([\\w][\\w.-]{0,127}))?(@.+)?$`)

/** `Always` for `latest`, written or implied. A digest alone has no tag, nor has what is no reference to an image. */
function pullPolicy(image: Json | undefined): string {
  const match = typeof image === 'string' && image.length < 1024 ? REFERENCE.exec(image) : null
  if (match === null) return 'IfNotPresent'
  const [, tag, digest] = match
  return (tag ?? (digest === undefined ? 'latest' : '')) === 'latest' ? 'Always' : 'IfNotPresent'
}

/** On the host's network every port is a port of the host. */
function hostPortOfPod(context: FieldContext): Json | undefined {
  return context.root.kind === 'Pod' && isHostPort(context.live.containerPort, context)
    ? context.live.containerPort
    : undefined
}

/** Servers before 1.28 wrote it into templates, too. */
function isHostPort(value: Json | undefined, context: FieldContext): boolean {
  return value === context.live.containerPort && enclosing(context, 'hostNetwork')?.hostNetwork === true
}

/** Only in Pods, not in templates, requests default to limits. */
function requestOfPod(context: FieldContext): Json | undefined {
  if (context.root.kind !== 'Pod') return undefined
  const resources = context.chain.at(-2)
  return at(resources, 'limits', context.key)
}

/** Pod-level requests are summed up from containers where limits are declared for the pod. */
function podResources({ live, root, desired }: FieldContext): Json | undefined {
  return root.kind === 'Pod' && isJsonObject(desired) && hasLimits(desired.resources) ? live.resources : undefined
}

function isConditionToleration(toleration: Json): boolean {
  return textAt(toleration, 'key').startsWith('node.kubernetes.io/')
}

function hasLimits(resources: Json | undefined): boolean {
  const limits: JsonObject | undefined =
    isJsonObject(resources) && isJsonObject(resources.limits) ? resources.limits : undefined
  return limits !== undefined
}
