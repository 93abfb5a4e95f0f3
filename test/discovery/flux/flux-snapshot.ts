import { createHash } from 'node:crypto'
import { confidentialSecret } from '../../../src/clusters/confidential-secret.ts'
import type { FluxContext, FluxSnapshot, LookupResult } from '../../../src/discovery/flux/flux-context.ts'
import type { StoredRelease } from '../../../src/discovery/helm/stored-release.ts'
import type { Grant } from '../../../src/model/apps/permission.ts'
import type { ConfidentialSecret } from '../../../src/model/clusters/cluster.ts'
import type { Confidential } from '../../../src/model/confidential.ts'
import type { Encrypted } from '../../../src/model/encrypted.ts'
import type { Failure } from '../../../src/model/failure.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import type { Settings } from '../../../src/model/settings.ts'

const COMPARING: Settings['comparing'] = {
  method: 'client-side',
  added: 'drift',
  addedByNobody: 'report',
  operationalMarks: [],
  secrets: 'compare',
  manualManagers: ['kubectl*'],
  ignore: [],
}

export const SETTINGS: Settings = {
  file: 'config.yaml',
  metrics: {
    address: '127.0.0.1',
    port: 0,
    appLabels: [],
    commitAuthors: false,
    impliedSeries: false,
    lagByProject: true,
    createdTimestamps: false,
    allow: ['*'],
    deny: [],
    problems: [],
    reload: false,
  },
  pages: { address: '127.0.0.1', port: 0 },
  shards: { count: 1 },
  links: [],
  webhooks: { address: '127.0.0.1', port: 0, receivers: [], peers: [] },
  schedule: '*/10 * * * *',
  stateDirectory: '/nowhere',
  staleAfter: { clusterSeconds: 120, gitSeconds: 300 },
  journal: { days: 90, bytes: 1e9, commitAuthors: false },
  audit: [],
  rewrites: [],
  charts: [],
  credentials: [],
  decryption: [],
  repositories: [],
  clusters: [{ name: 'control', labels: {}, access: { type: 'inCluster' } }],
  apps: [],
  discovery: { argocd: [], flux: [], helm: [] },
  comparing: COMPARING,
  limits: { renderSeconds: 30, documentBytes: 10_000_000 },
  compatibility: { argocd: false },
  atNextStart: {},
}

export interface TestSnapshotOptions {
  readonly settings?: Partial<Settings>
  readonly allowedRepositories?: readonly string[]
  readonly trustedUrls?: readonly string[]
  readonly artifactUrls?: readonly string[]
  readonly crossNamespaceReferences?: boolean
  readonly strict?: boolean
  readonly defaultServiceAccount?: string
  /** What accounts may get. */
  readonly grants?: readonly Grant[]
  /** False is kustomize-controller's `--no-remote-bases`. */
  readonly remoteBases?: boolean
  /** What kustomize-controller's flags permit. */
  readonly permits?: boolean
  /** What is in files of `settings.decryption`. */
  readonly keys?: ReadonlyMap<string, Confidential | Failure>
  readonly releases?: readonly (StoredRelease & { readonly cluster: string })[]
}

const NO_KEYS: FluxSnapshot['keys'] = new Map()

const secretsByObject = new WeakMap<KubernetesObject, ConfidentialSecret>()

/** One Secret is one object, as it is where they are kept. */
function storedSecret(object: KubernetesObject): ConfidentialSecret {
  const secret = secretsByObject.get(object) ?? confidentialSecret(object)
  secretsByObject.set(object, secret)
  return secret
}

/** A context for mapping, made of objects as a cluster would hold them. */
export function fluxContext(objects: readonly KubernetesObject[], options: TestSnapshotOptions = {}) {
  const opened = new Map<Encrypted, string>()
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind)
  const find = (kind: string, namespace: string, name: string): LookupResult<KubernetesObject> => {
    const found = ofKind(kind).find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
    return found === undefined ? 'absent' : { found }
  }
  const snapshot: FluxSnapshot = {
    control: 'control',
    kustomizations: ofKind('Kustomization'),
    helmReleases: ofKind('HelmRelease'),
    gitRepository: (namespace, name) => find('GitRepository', namespace, name),
    chartSource: find,
    helmRepositories: (namespace) =>
      ofKind('HelmRepository').filter(({ metadata }) => metadata.namespace === namespace),
    configMap: (namespace, name) => find('ConfigMap', namespace, name),
    secret(namespace, name) {
      const lookup = find('Secret', namespace, name)
      return typeof lookup === 'object' && 'found' in lookup ? { found: storedSecret(lookup.found) } : lookup
    },
    release(cluster, namespace, name) {
      const found = options.releases?.find(
        (one) => one.cluster === cluster && one.namespace === namespace && one.name === name,
      )
      return found === undefined ? 'absent' : { found }
    },
    permission: (_cluster, account) => ({ by: 'account', account, grants: options.grants ?? [] }),
    keys: options.keys ?? NO_KEYS,
    controllers: {
      'kustomize-controller': {
        crossNamespaceReferences: options.permits,
        strictSubstitution: options.strict ?? false,
        chartDigestTracking: true,
        defaultServiceAccount: options.defaultServiceAccount,
        remoteBases: options.remoteBases ?? true,
      },
      'helm-controller': {
        crossNamespaceReferences: undefined,
        strictSubstitution: false,
        chartDigestTracking: true,
        defaultServiceAccount: undefined,
        remoteBases: true,
      },
    },
  }
  const context: FluxContext = {
    snapshot,
    settings: { ...SETTINGS, ...options.settings },
    rules: {
      allowedRepositories: options.allowedRepositories ?? [],
      trustedUrls: options.trustedUrls ?? [],
      artifactUrls: options.artifactUrls ?? [],
      controllerNamespace: 'flux-system',
      ...(options.crossNamespaceReferences !== undefined && {
        crossNamespaceReferences: options.crossNamespaceReferences,
      }),
    },
    encrypt(value: Confidential) {
      const text = value.reveal()
      const encrypted = `enclosed:${createHash('sha256').update(text).digest('hex')}` as Encrypted
      opened.set(encrypted, text)
      return encrypted
    },
  }
  return { context, decrypt: (encrypted: Encrypted): string => opened.get(encrypted) ?? '' }
}
