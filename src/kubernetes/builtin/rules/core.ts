import { isJsonObject, type Json } from '../../../model/json.ts'
import { sameQuantity } from '../../quantity.ts'
import type { FieldContext } from '../../schema/node.ts'
import { ALLOCATED, aliasOf, always, at, enclosing, isEmpty, KEPT, type TypeRules, textAt } from './rule-helpers.ts'

const PROTOCOL = always('TCP')

export const CORE_RULES: TypeRules = {
  'core.Service': {},
  'core.ServiceSpec': {
    sessionAffinity: always('None'),
    sessionAffinityConfig: {
      foreign: ({ live }) => live.sessionAffinity === 'None',
      fill: ({ live }) => (live.sessionAffinity === 'ClientIP' ? { clientIP: { timeoutSeconds: 10800 } } : undefined),
    },
    type: always('ClusterIP'),
    // What only some types have goes when the type is changed; the type is the difference then.
    externalTrafficPolicy: {
      fill: ({ live }) => (isExternal(live) ? 'Cluster' : undefined),
      foreign: ({ live, desired }) => desired !== undefined && desired.type !== live.type && !isExternal(live),
    },
    loadBalancerClass: { foreign: isNoLoadBalancer },
    internalTrafficPolicy: { fill: ({ live }) => (live.type === 'ExternalName' ? undefined : 'Cluster') },
    allocateLoadBalancerNodePorts: {
      fill: ({ live }) => (live.type === 'LoadBalancer' ? true : undefined),
      foreign: isNoLoadBalancer,
    },
    // Taken over from the stored object when an update leaves them out (patchAllocatedValues).
    clusterIP: KEPT,
    clusterIPs: KEPT,
    ipFamilies: KEPT,
    ipFamilyPolicy: KEPT,
    healthCheckNodePort: KEPT,
  },
  'core.ServicePort': {
    protocol: PROTOCOL,
    targetPort: { fill: ({ live }) => live.port },
    nodePort: KEPT,
  },
  'core.ClientIPConfig': { timeoutSeconds: always(10800) },
  'core.EndpointPort': { protocol: PROTOCOL },
  'core.Secret': { type: always('Opaque') },
  'core.ServiceAccount': {
    // Filled by token controllers, some of which leave no trace on an object without managedFields.
    'secrets.*': ALLOCATED,
    'imagePullSecrets.*': {
      allocated: (value, { root }) => textAt(value, 'name').startsWith(`${root.metadata.name}-dockercfg-`),
    },
  },
  'core.NamespaceSpec': { finalizers: always(['kubernetes']) },
  'core.ReplicationControllerSpec': {
    replicas: { ...always(1), allocated: () => true },
    selector: { fill: ({ live }) => at(live, 'template', 'metadata', 'labels') },
  },
  'core.PersistentVolumeSpec': {
    persistentVolumeReclaimPolicy: always('Retain'),
    volumeMode: always('Filesystem'),
    claimRef: ALLOCATED,
    nodeAffinity: ALLOCATED,
  },
  'core.ObjectReference': {
    uid: { allocated: (_value, context) => enclosing(context, 'claimRef') !== undefined },
    resourceVersion: { allocated: (_value, context) => enclosing(context, 'claimRef') !== undefined },
    apiVersion: { fill: (context) => (enclosing(context, 'claimRef') === undefined ? undefined : 'v1') },
    kind: { fill: (context) => (enclosing(context, 'claimRef') === undefined ? undefined : 'PersistentVolumeClaim') },
  },
  'core.ISCSIPersistentVolumeSource': { iscsiInterface: always('default') },
  'core.RBDPersistentVolumeSource': {
    pool: always('rbd'),
    user: always('admin'),
    keyring: always('/etc/ceph/keyring'),
  },
  'core.ScaleIOPersistentVolumeSource': { storageMode: always('ThinProvisioned'), fsType: always('xfs') },
  'core.PersistentVolumeClaim': {
    // Inside a StatefulSet the server writes what an object of its own would have.
    apiVersion: always('v1'),
    kind: always('PersistentVolumeClaim'),
    status: { fill: ({ live }) => (at(live, 'status', 'phase') === 'Pending' ? live.status : undefined) },
  },
  'core.PersistentVolumeClaimStatus': { phase: always('Pending') },
  'core.PersistentVolumeClaimSpec': {
    volumeMode: always('Filesystem'),
    // Written by the binder and by the DefaultStorageClass plugin.
    volumeName: ALLOCATED,
    storageClassName: ALLOCATED,
    volumeAttributesClassName: ALLOCATED,
    // The server fills each from the other, also when one of them is dropped.
    dataSource: { ...aliasOf('dataSourceRef'), retained: 'dataSourceRef' },
    dataSourceRef: { ...aliasOf('dataSource'), retained: 'dataSource' },
  },
  'core.LimitRangeItem': {
    'default.*': { fill: (context) => limitDefault(context, ['max']) },
    'defaultRequest.*': { fill: (context) => limitDefault(context, ['default', 'max', 'min']) },
  },
  'core.NodeSpec': {
    podCIDR: ALLOCATED,
    // Of the two, podCIDR wins.
    podCIDRs: { ...ALLOCATED, foreign: ({ desired }) => desired?.podCIDR !== undefined },
    // Admission plugin TaintNodesByCondition, and afterwards the node's controllers.
    taints: {
      allocated: (value) => Array.isArray(value) && value.every(isConditionTaint),
      appended: isConditionTaint,
    },
  },
}

function isNoLoadBalancer({ live, desired }: FieldContext): boolean {
  return desired?.type === 'LoadBalancer' && live.type !== 'LoadBalancer'
}

function isExternal({ type, externalIPs }: FieldContext['live']): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && !isEmpty(externalIPs))
}

/**
 * Of containers, what is left out of `default` is `max`, and of `defaultRequest`, `default` or `min`. It stays when those are changed
 * afterwards, so that what Git declares explains it, too.
 */
function limitDefault({ root, declared, chain, key, live }: FieldContext, from: readonly string[]): Json | undefined {
  const item = chain.at(-2)
  if (!isJsonObject(item) || item.type !== 'Container') return undefined
  const limits = at(root, 'spec', 'limits')
  const declaredLimits = at(declared, 'spec', 'limits')
  const index = Array.isArray(limits) ? limits.indexOf(item) : -1
  const declaredItem = Array.isArray(declaredLimits) ? declaredLimits[index] : undefined
  const fills = [item, declaredItem].map((limit) => firstAt(limit, from, key))
  return fills.find((fill) => fill !== undefined && sameQuantity(fill, live[key] ?? null)) ?? fills[0]
}

function firstAt(limit: Json | undefined, from: readonly string[], key: string): Json | undefined {
  for (const field of from) {
    const value = at(limit, field, key)
    if (value !== undefined) return value
  }
  return undefined
}

function isConditionTaint(taint: Json): boolean {
  return textAt(taint, 'key').startsWith('node.kubernetes.io/')
}
