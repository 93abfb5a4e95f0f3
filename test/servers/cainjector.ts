import { toolPath } from '../tools/build.ts'
import type { KubeApiServer } from './kube-apiserver.ts'
import { type Program, startProgram } from './process.ts'

/** cert-manager's CA injector over an API server whose CRD of Certificates is there. It serves nothing. */
export async function startCainjector(server: KubeApiServer): Promise<Program> {
  return startProgram({
    name: 'cainjector',
    program: toolPath('cainjector'),
    args: [],
    env: { KUBECONFIG: await server.kubeconfig() },
  })
}
