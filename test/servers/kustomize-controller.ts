import { toolPath } from '../tools/build.ts'
import type { KubeApiServer } from './kube-apiserver.ts'
import { freePort } from './port.ts'
import { type Program, startProgram, waitUntilReady } from './process.ts'

/** Flux's kustomize-controller over an API server whose CRDs of kustomize.toolkit.fluxcd.io and source.toolkit.fluxcd.io are there. */
export async function startKustomizeController(server: KubeApiServer, temporary: string): Promise<Program> {
  const [metrics, health] = [await freePort(), await freePort()]
  const program = startProgram({
    name: 'kustomize-controller',
    program: toolPath('kustomize-controller'),
    args: [
      `--metrics-addr=127.0.0.1:${metrics}`,
      `--health-addr=127.0.0.1:${health}`,
      '--watch-all-namespaces=true',
      '--enable-leader-election=false',
      '--concurrent=2',
      '--log-level=info',
    ],
    env: { KUBECONFIG: await server.kubeconfig(), RUNTIME_NAMESPACE: 'flux-system', TMPDIR: temporary },
  })
  await waitUntilReady(program, 'kustomize-controller', 60, async () => {
    const answer = await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => undefined)
    await answer?.body?.cancel()
    return answer?.ok === true ? true : undefined
  })
  return program
}
