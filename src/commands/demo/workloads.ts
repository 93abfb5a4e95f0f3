import type { JsonObject } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'

/** Data of the demo's workloads, from which both the files in Git and the live objects are made. */
export interface Workload {
  readonly name: string
  readonly namespace: string
  readonly image: string
  readonly replicas: number
  readonly port: number
  /** As Git spells it; the server spells it shorter. */
  readonly cpu: string
  readonly labels?: Readonly<Record<string, string>>
}

export function deployment({ name, namespace, image, replicas, port, cpu, labels }: Workload): KubernetesObject {
  const selector = { 'app.kubernetes.io/name': name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: { ...selector, ...labels } },
    spec: {
      replicas,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: {
          containers: [
            {
              name,
              image,
              ports: [{ name: 'http', containerPort: port }],
              resources: { requests: { cpu, memory: '64Mi' } },
            },
          ],
        },
      },
    },
  }
}

export function service({ name, namespace, labels }: Workload): KubernetesObject {
  const selector = { 'app.kubernetes.io/name': name }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { ...selector, ...labels } },
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  }
}

export function configMap(name: string, namespace: string, data: JsonObject): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
}
