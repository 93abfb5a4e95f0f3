import { toolPath } from '../tools/build.ts'
import type { KubeApiServer } from './kube-apiserver.ts'
import { type Program, startProgram } from './process.ts'

/**
 * Kubernetes' own controllers beside an API server: ReplicaSets, Pods, Endpoints, revisions, aggregated ClusterRoles, garbage. Nothing runs
 * the Pods. It serves nothing.
 */
export async function startKubeControllerManager(server: KubeApiServer): Promise<Program> {
  return startProgram({
    name: 'kube-controller-manager',
    program: toolPath('kube-controller-manager'),
    args: [
      `--kubeconfig=${await server.kubeconfig()}`,
      '--secure-port=0',
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
      '--controllers=*,-node-ipam-controller,-node-route-controller,-service-lb-controller,-cloud-node-lifecycle-controller',
      `--service-account-private-key-file=${server.serviceAccountKeyFile}`,
      `--root-ca-file=${server.caFile}`,
    ],
    env: { GOGC: '50' },
  })
}
