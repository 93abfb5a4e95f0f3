import { isJsonObject } from '../../../model/json.ts'
import type { KubernetesObject } from '../../../model/object.ts'
import { stripStatus } from './application-status.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** A resource without the fields that nobody reads, such as status and managedFields, whose changes would be noise. */
export function stripResource(object: KubernetesObject): KubernetesObject {
  const { status: _status, ...rest } = object
  return { ...rest, ...identityOf(object) }
}

/** An Application with what of its status is the controller's word. */
export function stripApplication(object: KubernetesObject): KubernetesObject {
  return { ...object, ...identityOf(object), status: stripStatus(object) }
}

function identityOf({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...informers } = metadata
  const { annotations } = informers
  if (!isJsonObject(annotations)) return { apiVersion, kind, metadata: { ...informers, name: metadata.name } }
  const { [LAST_APPLIED]: _applied, ...others } = annotations
  return { apiVersion, kind, metadata: { ...informers, name: metadata.name, annotations: others } }
}
