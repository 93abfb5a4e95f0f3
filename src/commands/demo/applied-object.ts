import { createHash } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'

/** Whose writes count as Git's in the demo: the clusters look as if a pipeline had run `kubectl apply`. */
const DEMO_MANAGER = 'kubectl-client-side-apply'

const APPLIED_AT = '2026-01-05T08:00:00Z'

/**
 * The object as an API server would have it after `kubectl apply`: defaults filled in, quantities in the server's spelling, last-applied
 * annotation and managedFields. None of that is drift, which is what the demo is to show.
 */
export function liveObject(desired: KubernetesObject): KubernetesObject {
  const content = { ...desired, ...defaulted(desired) }
  const { name, namespace, ...metadata } = desired.metadata
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(desired)}\n` }
  const owned = { ...content, metadata: { ...metadata, annotations } }
  return {
    ...content,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...metadata,
      annotations,
      creationTimestamp: APPLIED_AT,
      resourceVersion: '1000',
      uid: uidOf(desired),
      managedFields: [
        {
          apiVersion: desired.apiVersion,
          fieldsType: 'FieldsV1',
          fieldsV1: withoutIdentity(ownedFields(owned)),
          manager: DEMO_MANAGER,
          operation: 'Update',
          time: APPLIED_AT,
        },
      ],
    },
  }
}

function defaulted(desired: KubernetesObject): JsonObject {
  const spec = isJsonObject(desired.spec) ? desired.spec : {}
  switch (desired.kind) {
    case 'Deployment':
      return {
        spec: {
          progressDeadlineSeconds: 600,
          revisionHistoryLimit: 10,
          ...spec,
          template: defaultedPod(spec.template),
        },
      }
    case 'Service':
      return {
        spec: {
          clusterIP: '10.96.0.17',
          sessionAffinity: 'None',
          type: 'ClusterIP',
          ...spec,
          ports: items(spec.ports).map((port) => ({ protocol: 'TCP', ...port })),
        },
      }
    default:
      return {}
  }
}

function defaultedPod(template: Json | undefined): JsonObject {
  const pod = isJsonObject(template) ? template : {}
  const spec = isJsonObject(pod.spec) ? pod.spec : {}
  return {
    ...pod,
    spec: {
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
      ...spec,
      containers: items(spec.containers).map((container) => ({
        imagePullPolicy: 'IfNotPresent',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        ...container,
        ports: items(container.ports).map((port) => ({ protocol: 'TCP', ...port })),
        resources: respelled(container.resources),
      })),
    },
  }
}

/** The server writes 0.1 cores as 100m. */
function respelled(resources: Json | undefined): JsonObject {
  const { requests } = isJsonObject(resources) ? resources : {}
  const { cpu, ...others } = isJsonObject(requests) ? requests : {}
  return {
    requests: {
      ...(typeof cpu === 'string' && { cpu: cpu.endsWith('m') ? cpu : `${Number(cpu) * 1000}m` }),
      ...others,
    },
  }
}

function items(list: Json | undefined): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

/** managedFields' form of all fields of a value. List items go by the keys that the API declares for these lists. */
function ownedFields(value: Json): JsonObject {
  if (Array.isArray(value)) {
    return Object.fromEntries(
      value
        .filter(isJsonObject)
        .map((item) => [`k:${JSON.stringify(listKey(item))}`, { '.': {}, ...ownedFields(item) }]),
    )
  }
  if (!isJsonObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [`f:${key}`, ownedFields(inner)]))
}

function listKey(item: JsonObject): JsonObject {
  if (item.containerPort !== undefined) return { containerPort: item.containerPort, protocol: item.protocol ?? 'TCP' }
  if (item.port !== undefined) return { port: item.port, protocol: item.protocol ?? 'TCP' }
  return { name: item.name ?? '' }
}

function withoutIdentity({ 'f:apiVersion': _version, 'f:kind': _kind, ...fields }: JsonObject): JsonObject {
  return fields
}

function uidOf({ kind, metadata }: KubernetesObject): string {
  const hash = createHash('sha256').update(`${kind}/${metadata.name}`).digest('hex')
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `4${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-')
}
