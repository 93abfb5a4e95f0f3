import { ConfigSchema } from '../../src/config/schema.ts'

const TEXT = { type: 'string' } as const
const FLAG = { type: 'boolean' } as const
const LIST = { type: 'array' } as const
const OBJECT = { type: 'object' } as const
const NAMED = { type: 'string', pattern: '^[a-z0-9.-]*$' } as const
const TEXTS = { type: 'object', additionalProperties: { type: 'string' } } as const
const DURATION = { type: 'string', pattern: '^([0-9]+(ms|[smhdwy]))*$' } as const

/** An object that has these keys and no others. */
function section(properties: Readonly<Record<string, object>>) {
  return { type: 'object', additionalProperties: false, properties }
}

const SCRAPE = {
  enabled: FLAG,
  labels: TEXTS,
  interval: DURATION,
  scrapeTimeout: DURATION,
  tlsConfig: OBJECT,
  metricRelabelings: LIST,
}

/** Helm reads patterns as Go does, which has no lookarounds; the exporter itself holds the config to them. */
const CONFIG: object = JSON.parse(JSON.stringify(ConfigSchema), (key, value) =>
  key === 'pattern' && typeof value === 'string' && /\(\?<?[=!]/.test(value) ? undefined : value,
)

/** values.schema.json: a misspelt key is an error, in `config` as well. */
export const VALUES_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Values of the chart gitops-drift-exporter',
  ...section({
    global: OBJECT,
    image: section({
      repository: { type: 'string', minLength: 1 },
      tag: { type: 'string', pattern: '^[A-Za-z0-9_.-]*$' },
      digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
      pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
    }),
    imagePullSecrets: { type: 'array', items: section({ name: TEXT }) },
    nameOverride: NAMED,
    fullnameOverride: NAMED,
    replicas: { type: 'integer', minimum: 1 },
    shards: { type: 'integer', minimum: 1, maximum: 1000 },
    config: CONFIG,
    existingConfigMap: NAMED,
    rbac: section({
      create: FLAG,
      builtinKinds: FLAG,
      customResources: {
        type: 'array',
        items: {
          ...section({
            group: { type: 'string', minLength: 1, pattern: '^[a-z0-9.-]+$' },
            // No star: it would take in subresources.
            resources: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[a-z0-9]+$' } },
          }),
          required: ['group', 'resources'],
        },
      },
      secrets: { enum: ['none', 'argocd', 'all'] },
      argocdNamespace: { type: 'string', minLength: 1 },
      accessReviews: FLAG,
      rules: { type: 'array', items: OBJECT },
    }),
    serviceAccount: section({ create: FLAG, name: NAMED, annotations: TEXTS }),
    persistence: section({ enabled: FLAG, size: { type: 'string', minLength: 1 }, storageClassName: TEXT }),
    service: section({ annotations: TEXTS }),
    webConfigSecret: NAMED,
    serviceMonitor: section({ ...SCRAPE, relabelings: LIST }),
    podMonitor: section({ ...SCRAPE, relabelings: LIST }),
    scrapeConfig: section(SCRAPE),
    prometheusRule: section({ enabled: FLAG, labels: TEXTS }),
    dashboards: section({
      configMaps: section({ enabled: FLAG, labels: TEXTS, annotations: TEXTS }),
      grafanaOperator: section({ enabled: FLAG, labels: TEXTS, instanceSelector: OBJECT }),
    }),
    networkPolicy: section({ enabled: FLAG, from: LIST, webhooksFrom: LIST, egress: LIST }),
    podDisruptionBudget: section({ enabled: FLAG, maxUnavailable: { type: ['integer', 'string'] } }),
    resources: OBJECT,
    podAnnotations: TEXTS,
    podLabels: TEXTS,
    nodeSelector: TEXTS,
    tolerations: LIST,
    affinity: OBJECT,
    topologySpreadConstraints: LIST,
    priorityClassName: TEXT,
    extraArgs: { type: 'array', items: TEXT },
    extraEnv: LIST,
    extraVolumes: LIST,
    extraVolumeMounts: LIST,
    extraManifests: LIST,
  }),
}
