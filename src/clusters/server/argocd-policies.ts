import type { ArgocdPolicies, ReadArgocdPolicies } from '../../model/access.ts'
import { CodedError } from '../../model/failure.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { ServerClient } from './client.ts'
import { namingCluster, RefusedError } from './failures.ts'

const SETTINGS = { name: 'argocd-rbac-cm', maxBytes: 4 * 1024 * 1024 }
/** Some thousand AppProjects. */
const PROJECTS_BYTES = 64 * 1024 * 1024

export interface ArgocdPoliciesOptions {
  /** Of the cluster, for messages. */
  readonly name: string
  readonly client: Pick<ServerClient, 'json'>
  /** Argo CD's own. */
  readonly namespace: string
}

/**
 * Reads who may see what in one Argo CD: argocd-rbac-cm, which need not be there, and the roles of AppProjects
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/). Needs the right to list AppProjects and to get that ConfigMap.
 */
export function createArgocdPolicyReader({ name, client, namespace }: ArgocdPoliciesOptions): ReadArgocdPolicies {
  async function get(path: string, subject: string, maxBytes: number, signal: AbortSignal): Promise<JsonObject> {
    const { body } = await client.json({ verb: 'get', path, subject, maxBytes }, signal)
    if (!isJsonObject(body)) throw new CodedError('GDE_CLUSTER_PROTOCOL', `${subject}: the answer is no object`)
    return body
  }

  async function readSettings(signal: AbortSignal): Promise<ArgocdPolicies['data']> {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${SETTINGS.name}`
    try {
      const { data } = await get(path, SETTINGS.name, SETTINGS.maxBytes, signal)
      return Object.fromEntries(
        Object.entries(isJsonObject(data) ? data : {}).flatMap(([key, value]) =>
          typeof value === 'string' ? [[key, value]] : [],
        ),
      )
    } catch (error) {
      if (error instanceof RefusedError && error.status === 404) return {}
      throw error
    }
  }

  return async (signal) => {
    try {
      const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/appprojects`
      const [data, list] = await Promise.all([readSettings(signal), get(path, 'AppProjects', PROJECTS_BYTES, signal)])
      return { data, projects: objectsOf(list.items).map(readProject) }
    } catch (error) {
      throw error instanceof CodedError ? namingCluster(name, error) : error
    }
  }
}

function readProject({ metadata, spec }: JsonObject): ArgocdPolicies['projects'][number] {
  return {
    name: isJsonObject(metadata) && typeof metadata.name === 'string' ? metadata.name : '',
    roles: objectsOf(isJsonObject(spec) ? spec.roles : undefined).map(({ name, policies, groups }) => ({
      name: typeof name === 'string' ? name : '',
      policies: textsOf(policies),
      groups: textsOf(groups),
    })),
  }
}

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
