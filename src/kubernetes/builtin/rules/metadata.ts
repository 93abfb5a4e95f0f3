import type { Json } from '../../../model/json.ts'
import { LAST_APPLIED } from '../../redaction.ts'
import type { FieldContext } from '../../schema/node.ts'
import { at, type TypeRules } from './rule-helpers.ts'

/** Labels and annotations that the API server or a built-in admission plugin writes. */
export const METADATA_RULES: TypeRules = {
  'meta.ObjectMeta': {
    'labels.*': {
      fill: labelDefault,
      allocated: (value, context) => isServerLabel(context) || isPodLabel(value, context),
    },
    'annotations.*': {
      allocated: (_value, context) => isServerAnnotation(context),
      // The server counts the template's versions in it, and so in the name of whoever changes the template.
      foreign: ({ key, root }) =>
        key === LAST_APPLIED || (root.kind === 'DaemonSet' && key === 'deprecated.daemonset.template.generation'),
    },
    'finalizers.*': {
      allocated: (value, { root }) =>
        value === PROTECTION.get(root.kind) || (root.metadata.deletionTimestamp !== undefined && isDeletion(value)),
    },
  },
}

/** Admission plugin StorageObjectInUseProtection. */
const PROTECTION: ReadonlyMap<string, string> = new Map([
  ['PersistentVolumeClaim', 'kubernetes.io/pvc-protection'],
  ['PersistentVolume', 'kubernetes.io/pv-protection'],
  ['VolumeAttributesClass', 'kubernetes.io/vac-protection'],
])

/** What the server itself waits for when an object is deleted. */
function isDeletion(value: Json): boolean {
  return ['foregroundDeletion', 'orphan', 'customresourcecleanup.apiextensions.k8s.io'].some((name) => name === value)
}

function isOfRoot({ root, chain }: FieldContext): boolean {
  return chain[1] === root.metadata
}

function labelDefault(context: FieldContext): string | undefined {
  const { key, root } = context
  if (!isOfRoot(context)) return undefined
  return root.kind === 'Namespace' && key === 'kubernetes.io/metadata.name' ? root.metadata.name : undefined
}

const JOB_LABELS = [
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
] as const satisfies readonly string[]

/** The server names a Job's pods after it; the topology plugin copies a node's place to its pods. */
function isServerLabel({ key, root }: FieldContext): boolean {
  if (root.kind === 'Job' && JOB_LABELS.some((label) => label === key)) return true
  return root.kind === 'Pod' && (key === 'topology.kubernetes.io/zone' || key === 'topology.kubernetes.io/region')
}

/** Made without labels of its own, a Job or ReplicationController gets those of its pods, and keeps them when Git declares some later. */
function isPodLabel(value: Json, context: FieldContext): boolean {
  const { root, key } = context
  const takes = (root.kind === 'Job' || root.kind === 'ReplicationController') && isOfRoot(context)
  return takes && value === at(root, 'spec', 'template', 'metadata', 'labels', key)
}

function isServerAnnotation({ key, root }: FieldContext): boolean {
  switch (root.kind) {
    case 'Job':
      return key === 'batch.kubernetes.io/job-tracking'
    case 'ReplicaSet':
    case 'Deployment':
      return key.startsWith('deployment.kubernetes.io/')
    // What autoscaling/v1 has no fields for travels in annotations.
    case 'HorizontalPodAutoscaler':
      return key.startsWith('autoscaling.alpha.kubernetes.io/')
    case 'Pod':
      return key === 'kubernetes.io/limit-ranger' || key.startsWith('kubernetes.io/config.')
    default:
      return false
  }
}
