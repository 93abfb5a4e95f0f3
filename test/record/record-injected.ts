import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonObject } from '../../src/model/json.ts'
import { startCainjector } from '../servers/cainjector.ts'
import { createCertificateAuthority } from '../servers/certificate.ts'
import type { KubeApiServer } from '../servers/kube-apiserver.ts'
import { allInstances, RECORDED_CLUSTERS } from './controlled-apps.ts'
import { INJECTED_APPS } from './field-apps.ts'
import { refreshAll, writeState } from './keep.ts'
import { rollOut } from './roll-out.ts'
import { moduleFile, startStage } from './stage.ts'

/** Where the injector writes in the apps, each resource with the certificates that it has to have. */
const INJECTED: readonly (readonly [resource: string, path: string])[] = [
  ['validatingwebhookconfiguration/injected-validator', '{.webhooks[1].clientConfig.caBundle}'],
  ['mutatingwebhookconfiguration/injected-mutator', '{.webhooks[0].clientConfig.caBundle}'],
  ['crd/widgets.injected.example.com', '{.spec.conversion.webhook.clientConfig.caBundle}'],
  ['validatingwebhookconfiguration/declared-validator', '{.webhooks[0].clientConfig.caBundle}'],
]
const INJECTED_SECONDS = 60

/** The third part of a recording: cert-manager's CA injector runs in every cluster, and writes to what Argo CD and Flux roll out. */
export async function recordInjected(say: (line: string) => void): Promise<void> {
  await using stage = await startStage(say)
  const definition = await moduleFile(
    'cainjector',
    'github.com/cert-manager/cert-manager',
    'deploy/crds/cert-manager.io_certificates.yaml',
  )
  const authority = createCertificateAuthority()
  await using injectors = new AsyncDisposableStack()
  for (const cluster of RECORDED_CLUSTERS) {
    const server = stage.servers[cluster]
    await server.admin.installCrds([definition])
    const metadata = { name: 'field-ca-injected' }
    await server.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata }, 'people')
    await server.admin.apply(servingSecret(authority.certificate), 'cert-manager-certificates-issuing')
    injectors.use(await startCainjector(server))
  }
  const apps = allInstances(INJECTED_APPS)
  say(`rolling out ${apps.length} apps`)
  say(`rolled out; not done: ${(await rollOut(stage, apps)).join(', ') || 'none'}`)
  const expected = Buffer.from(authority.certificate).toString('base64')
  for (const cluster of RECORDED_CLUSTERS) await untilInjected(stage.servers[cluster], expected)
  await refreshAll(stage, apps)
  await writeState(stage, apps, 'injected', say)
}

/** As cert-manager makes it for the Certificate that the app declares; nobody issues certificates here, and nobody serves with them. */
function servingSecret(certificate: string): JsonObject {
  const ca = Buffer.from(certificate).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'serving-tls',
      namespace: 'field-ca-injected',
      annotations: {
        'cert-manager.io/allow-direct-injection': 'true',
        'cert-manager.io/certificate-name': 'serving',
      },
      labels: { 'controller.cert-manager.io/fao': 'true' },
    },
    type: 'kubernetes.io/tls',
    data: { 'ca.crt': ca, 'tls.crt': ca, 'tls.key': '' },
  }
}

async function untilInjected(server: KubeApiServer, expected: string): Promise<void> {
  const deadline = performance.now() + INJECTED_SECONDS * 1000
  for (;;) {
    const found = await Promise.all(
      INJECTED.map(async ([resource, path]) => {
        const { stdout } = await server.kubectl(['get', resource, `--output=jsonpath=${path}`], { accept: [0, 1] })
        return { resource, isInjected: stdout === expected }
      }),
    )
    const missing = found.filter(({ isInjected }) => !isInjected).map(({ resource }) => resource)
    if (missing.length === 0) return
    if (performance.now() > deadline) throw new Error(`never injected into ${missing.join(', ')}`)
    await sleep(500)
  }
}
