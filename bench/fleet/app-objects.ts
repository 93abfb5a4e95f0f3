import type { JsonObject } from '../../src/model/json.ts'

/** The name of an app, of its folder in the repository and of its namespace. */
export function appName(index: number): string {
  return `shop-${String(index).padStart(4, '0')}`
}

/** The ten objects of one app, as a team writes them: a Deployment of two containers and what belongs to it. */
export function appObjects(index: number): readonly JsonObject[] {
  const name = appName(index)
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': `team-${index % 17}` }
  const metadata = (own: string): JsonObject => ({ name: own, namespace: name, labels })
  const selector = { matchLabels: { 'app.kubernetes.io/name': name } }
  return [
    deployment(name, index, labels),
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: metadata(name) },
      spec: { selector: selector.matchLabels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(`${name}-files`), data: files(name) },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(`${name}-flags`),
      data: { beta: String(index % 2 === 0) },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(name) },
    {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: metadata(name) },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
    },
    {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: metadata(name) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: name }],
    },
    {
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: metadata(name) },
      spec: { minAvailable: 1, selector },
    },
    {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: metadata(name) },
      spec: { rules: [{ host: `${name}.example.com`, http: { paths: [ingressPath(name)] } }] },
    },
    {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: metadata(name) },
      spec: { podSelector: selector, policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 8080 }] }] },
    },
  ]
}

function deployment(name: string, index: number, labels: JsonObject): JsonObject {
  const volumes = [
    { name: 'files', configMap: { name: `${name}-files` } },
    { name: 'scratch', emptyDir: {} },
  ]
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: name, labels } },
    spec: {
      replicas: 1 + (index % 5),
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          containers: [container(name, 'web', index), container(name, 'cache', index)],
          volumes,
        },
      },
    },
  }
}

function container(app: string, name: string, index: number): JsonObject {
  const probe = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10, timeoutSeconds: 2 }
  return {
    ...{ name, image: `registry.example.com/${app}/${name}:2.${index % 30}.1`, args: ['--log-level=info'] },
    ports: [{ name: name === 'web' ? 'http' : 'redis', containerPort: name === 'web' ? 8080 : 6379 }],
    env: Array.from({ length: 8 }, (_, place) => ({ name: `OPTION_${place}`, value: `${app}-${place}` })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    ...(name === 'web' && { livenessProbe: probe, readinessProbe: probe }),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'files', mountPath: '/etc/app' },
      { name: 'scratch', mountPath: '/tmp' },
    ],
  }
}

function files(name: string): JsonObject {
  const line = (place: number): string => `upstream = ${name}-${place}.example.com\ntimeout = ${place + 1}s\n`
  return Object.fromEntries(Array.from({ length: 12 }, (_, place) => [`${place}.conf`, line(place).repeat(3)]))
}

function ingressPath(name: string): JsonObject {
  return { path: '/', pathType: 'Prefix', backend: { service: { name, port: { name: 'http' } } } }
}
