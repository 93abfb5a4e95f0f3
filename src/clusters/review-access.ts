import type { AccessReviews, ReadArgocdPolicies } from '../model/access.ts'
import type { ClusterSpec } from '../model/apps/inventory.ts'
import { CodedError } from '../model/failure.ts'
import { createConnectionStatus } from './connection-status.ts'
import { SERVER_LIMITS } from './options.ts'
import { createAccessReviews } from './server/access-reviews.ts'
import { createLargeAnswers } from './server/api/large-answers.ts'
import { createArgocdPolicyReader } from './server/argocd-policies.ts'
import { createServerClient, type ServerClient } from './server/client.ts'
import { loadInCluster, SERVICE_ACCOUNT_FOLDER } from './server/credentials/in-cluster.ts'
import { loadKubeconfig } from './server/credentials/kubeconfig.ts'
import { createSession } from './server/session.ts'

export interface ReviewingCluster extends AccessReviews {
  close(): Promise<void>
}

/** Somebody waits for an answer: a server that takes longer is as good as none. */
const LIMITS = { ...SERVER_LIMITS, connect: 3000, answer: 5000, idle: 5000 }

export interface PolicyCluster {
  readonly read: ReadArgocdPolicies
  close(): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * A connection of its own to a cluster of the config, for questions about who may what: those who wait for it wait for no list.
 * @throws CodedError `GDE_CONFIG_INVALID` for a cluster that is no API server
 */
export function reviewAccess(
  spec: ClusterSpec,
  audiences: readonly string[],
  environment: Environment = process.env,
): ReviewingCluster {
  const { client, close } = openClient(spec, environment)
  return { ...createAccessReviews({ name: spec.name, client, audiences }), close }
}

/** The same for the policies of an Argo CD. */
export function argocdPolicies(
  spec: ClusterSpec,
  namespace: string,
  environment: Environment = process.env,
): PolicyCluster {
  const { client, close } = openClient(spec, environment)
  return { read: createArgocdPolicyReader({ name: spec.name, client, namespace }), close }
}

function openClient(
  { access, name }: ClusterSpec,
  environment: Environment,
): { readonly client: ServerClient; close(): Promise<void> } {
  if (access.type !== 'kubeconfig' && access.type !== 'inCluster')
    throw new CodedError('GDE_CONFIG_INVALID', `the cluster ${name} cannot say who may what`)
  const load =
    access.type === 'kubeconfig'
      ? loadKubeconfig(access.path, access.context, environment)
      : loadInCluster(SERVICE_ACCOUNT_FOLDER, environment)
  const session = createSession(load, LIMITS, environment)
  const connection = createConnectionStatus(name, session.url)
  return {
    client: createServerClient(session, connection, LIMITS, createLargeAnswers()),
    close: () => session.close(),
  }
}
