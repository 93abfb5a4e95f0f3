import type { ClusterSpec } from '../model/apps/inventory.ts'
import type { ClusterConnector } from '../model/clusters/cluster.ts'
import { type ConnectOptions, SERVER_LIMITS } from './options.ts'
import { createLargeAnswers } from './server/api/large-answers.ts'
import { createServerConnector } from './server/connector.ts'
import type { LoadServerAccess } from './server/credentials/access.ts'
import { loadInCluster, SERVICE_ACCOUNT_FOLDER } from './server/credentials/in-cluster.ts'
import { loadKubeconfig } from './server/credentials/kubeconfig.ts'
import { loadKubeconfigText } from './server/credentials/kubeconfig-text.ts'
import { createSnapshotConnector } from './snapshot/connector.ts'

/** The connector for a cluster. It connects at the first request: an unreachable cluster fails there, not here. */
export function connectCluster(spec: ClusterSpec, options: ConnectOptions): ClusterConnector {
  const { access, name } = spec
  const { environment = process.env } = options
  const server = (load: LoadServerAccess) =>
    createServerConnector({
      name,
      load,
      redactionKey: options.redactionKey,
      limits: { ...SERVER_LIMITS, ...options.server },
      enterLargeAnswer: options.enterLargeAnswer ?? createLargeAnswers(),
      environment,
    })
  switch (access.type) {
    case 'kubeconfig':
      return server(loadKubeconfig(access.path, access.context, environment))
    case 'kubeconfigText':
      return server(loadKubeconfigText(access, environment, options.guard))
    case 'inCluster':
      return server(loadInCluster(options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER, environment))
    case 'snapshot':
      return createSnapshotConnector({ name, folder: access.path, kinds: access.kinds, ...options })
    default:
      return access satisfies never
  }
}
