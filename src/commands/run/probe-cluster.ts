import { randomBytes } from 'node:crypto'
import { connectCluster } from '../../clusters/connect.ts'
import type { ClusterSpec, Problem } from '../../model/apps/inventory.ts'
import type { Capabilities, ClusterConnector, ObserveOptions } from '../../model/clusters/cluster.ts'
import { type Failure, toFailure } from '../../model/failure.ts'
import type { GroupKind } from '../../model/object.ts'

/** What there is in one cluster, as far as it may be seen. */
export interface FoundInCluster {
  /** Where Argo CDs are. */
  readonly argocdNamespaces: readonly string[]
  readonly flux: boolean
  /** Helm's releases may be read. */
  readonly helm: boolean
  /** What was found, and what needs a right. */
  readonly problems: readonly Problem[]
}

/** A cluster that does not answer must not keep the first scrape waiting: what it has is assumed until it does. */
const PROBE_MS = 5_000
const APPLICATION: GroupKind = { group: 'argoproj.io', kind: 'Application' }
const FLUX_KINDS: readonly GroupKind[] = [
  { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization' },
  { group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease' },
]
const USUAL_NAMESPACE = 'argocd'
/** Of nothing: whether it may be listed is all that is asked. */
const NO_OBJECT = 'metadata.name=gitops-drift-exporter-looks-around'

/** Looks which controllers a cluster has. It never throws for what a cluster answers. */
export async function probeCluster(
  spec: ClusterSpec,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<FoundInCluster> {
  const subject = `cluster ${spec.name}`
  const connector = connectCluster(spec, { redactionKey: randomBytes(32), environment })
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)])
  try {
    return await look(connector, subject, limit)
  } catch (error) {
    signal.throwIfAborted()
    const failure = limit.aborted
      ? ({ code: 'GDE_CLUSTER_UNREACHABLE', message: 'it does not answer' } as const)
      : toFailure(error)
    const message = `what it has is not known yet: ${failure.message}`
    // What was there before must not be taken for gone.
    return {
      argocdNamespaces: [USUAL_NAMESPACE],
      flux: true,
      helm: false,
      problems: [{ subject, failure: { ...failure, message } }],
    }
  } finally {
    await connector.close()
  }
}

async function look(connector: ClusterConnector, subject: string, signal: AbortSignal): Promise<FoundInCluster> {
  const capabilities = await connector.capabilities(signal)
  const argocd = mayServe(capabilities, APPLICATION)
  const flux = FLUX_KINDS.some((kind) => mayServe(capabilities, kind))
  const argocdNamespaces = argocd ? await namespacesOfArgocd(connector, signal) : []
  const noSecrets = await refusal(connector, {}, signal)
  const found = [
    ...argocdNamespaces.map((namespace) => `Argo CD in the namespace ${namespace}`),
    ...(flux ? ['Flux'] : []),
    ...(noSecrets === undefined ? ['Helm releases, if there are any'] : []),
  ]
  const problems: Problem[] = [
    {
      subject,
      failure: {
        code: 'GDE_ZERO_CONFIG',
        message: found.length === 0 ? 'no Argo CD and no Flux is there' : `found and read: ${found.join(', ')}`,
      },
    },
  ]
  const needs = (what: string, right: string, component: string): void => {
    const message = `${what} cannot be read: it needs ${right}, which the component deploy/components/${component} grants`
    problems.push({ subject, failure: { code: 'GDE_RIGHT_MISSING', message } })
  }
  for (const namespace of noSecrets === undefined ? [] : argocdNamespaces)
    if ((await refusal(connector, { namespaces: [namespace] }, signal)) !== undefined)
      needs(
        `clusters and credentials of repositories of Argo CD in the namespace ${namespace}`,
        `to list Secrets of ${namespace}`,
        'argocd-secrets',
      )
  if (noSecrets !== undefined)
    needs(
      `${flux ? 'credentials of repositories and remote clusters of Flux, and ' : ''}releases of Helm`,
      'to list Secrets of all namespaces',
      'secrets',
    )
  return { argocdNamespaces, flux, helm: noSecrets === undefined, problems }
}

/** Also where an APIService does not answer, so that it is not known. */
function mayServe(capabilities: Capabilities, kind: GroupKind): boolean {
  return capabilities.kind(kind) !== undefined || capabilities.failure(kind) !== undefined
}

/** Where argocd-cm is; the usual namespace where that may not be seen. */
async function namespacesOfArgocd(connector: ClusterConnector, signal: AbortSignal): Promise<readonly string[]> {
  const found: string[] = []
  const options = { fieldSelector: 'metadata.name=argocd-cm' }
  try {
    for await (const event of connector.observe({ group: '', kind: 'ConfigMap' }, options, signal)) {
      if (event.type === 'Upsert') found.push(String(event.object.metadata.namespace ?? ''))
      if (event.type === 'Synced' || event.type === 'Lost') break
    }
  } catch (error) {
    if (toFailure(error).code !== 'GDE_CLUSTER_FORBIDDEN') throw error
  }
  return found.length === 0 ? [USUAL_NAMESPACE] : found.toSorted()
}

/** Why Secrets may not be listed; undefined where they may. */
async function refusal(
  connector: ClusterConnector,
  scope: Pick<ObserveOptions, 'namespaces'>,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  try {
    for await (const event of connector.observeSecrets({ ...scope, fieldSelector: NO_OBJECT }, signal)) {
      if (event.type === 'Synced') return undefined
      if (event.type === 'Lost') return event.failure
    }
  } catch (error) {
    signal.throwIfAborted()
    const failure = toFailure(error)
    if (failure.code === 'GDE_INTERNAL') throw error
    return failure
  }
  throw signal.reason
}
