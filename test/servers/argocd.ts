import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { toolPath } from '../tools/build.ts'
import type { KubeApiServer } from './kube-apiserver.ts'
import { freePort } from './port.ts'
import { type Program, startProgram, waitUntilReady } from './process.ts'
import { startRedis } from './redis.ts'

/** A real Argo CD in the namespace `argocd` of an API server that has its CRDs; without its web server, which has no part in syncing. */
export interface ArgoCd extends AsyncDisposable {
  readonly controller: Program
  readonly repoServer: Program
  readonly redis: Program
  close(): Promise<void>
}

const NAMESPACE = 'argocd'
const SETTINGS = [
  'argocd-cm',
  'argocd-rbac-cm',
  'argocd-ssh-known-hosts-cm',
  'argocd-tls-certs-cm',
  'argocd-gpg-keys-cm',
]

/** @param clusters cluster Secrets: name to API server, beside the one that it runs over */
export async function startArgoCd(
  server: KubeApiServer,
  folder: string,
  clusters: Readonly<Record<string, KubeApiServer>> = {},
): Promise<ArgoCd> {
  await writeSettings(server, clusters)
  await using parts = new AsyncDisposableStack()
  const redis = await startRedis(folder)
  parts.use(redis.program)
  const env = await environment(server, folder)
  const start = (name: string, args: readonly string[]): Program =>
    parts.use(
      startProgram({
        name,
        program: toolPath('argocd'),
        args: [...args, '--loglevel=warn', `--redis=${redis.address}`],
        env: { ...env, ARGOCD_BINARY_NAME: `argocd-${name}` },
        folder,
      }),
    )
  const [port, metrics] = [await freePort(), await freePort()]
  const loopback = ['--address=127.0.0.1', '--metrics-address=127.0.0.1']
  const repoServer = start('repo-server', [
    `--port=${port}`,
    `--metrics-port=${metrics}`,
    '--disable-tls',
    '--client-ca-path=',
    ...loopback,
  ])
  await waitUntilReady(repoServer, 'repo-server', 60, async () => {
    const answer = await fetch(`http://127.0.0.1:${metrics}/healthz`).catch(() => undefined)
    await answer?.body?.cancel()
    return answer?.ok === true ? true : undefined
  })
  const controller = start('application-controller', [
    `--namespace=${NAMESPACE}`,
    `--repo-server=127.0.0.1:${port}`,
    '--repo-server-plaintext',
    // It has no setting for the address of its metrics, and ends without them.
    `--metrics-port=${await freePort()}`,
  ])
  const running = parts.move()
  const close = () => running.disposeAsync()
  return { controller, repoServer, redis: redis.program, close, [Symbol.asyncDispose]: close }
}

async function writeSettings(
  { admin }: KubeApiServer,
  clusters: Readonly<Record<string, KubeApiServer>>,
): Promise<void> {
  const labelled = (name: string, labels: Readonly<Record<string, string>>) => ({
    name,
    namespace: NAMESPACE,
    labels: { 'app.kubernetes.io/part-of': 'argocd', ...labels },
  })
  await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } })
  for (const name of SETTINGS)
    await admin.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: labelled(name, {}), data: {} })
  await admin.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: labelled('argocd-secret', {}),
    stringData: { 'server.secretkey': 'not-a-secret' },
  })
  await admin.apply({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace: NAMESPACE },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  })
  for (const [name, { url, adminToken, caData }] of Object.entries(clusters)) {
    const caBase64 = Buffer.from(caData).toString('base64')
    await admin.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: labelled(`cluster-${name}`, { 'argocd.argoproj.io/secret-type': 'cluster' }),
      stringData: {
        name,
        server: url,
        config: JSON.stringify({ bearerToken: adminToken, tlsClientConfig: { caData: caBase64 } }),
      },
    })
  }
}

/** Folders that lie at fixed places in its image, and helm and kustomize on the path. */
async function environment(server: KubeApiServer, folder: string): Promise<Readonly<Record<string, string>>> {
  const inside = (path: string) => join(folder, path)
  for (const path of ['tls', 'ssh', 'gpg/keys', 'gpg/source', 'plugins', 'bin', 'tmp'])
    await mkdir(inside(path), { recursive: true })
  for (const script of ['gpg-wrapper.sh', 'git-verify-wrapper.sh']) {
    await writeFile(inside(`bin/${script}`), '#!/bin/sh\nexit 0\n')
    await chmod(inside(`bin/${script}`), 0o755)
  }
  return {
    KUBECONFIG: await server.kubeconfig(),
    PATH: [inside('bin'), dirname(toolPath('helm')), process.env.PATH ?? ''].join(':'),
    HOME: folder,
    TMPDIR: inside('tmp'),
    HOSTNAME: 'argocd-application-controller-0',
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    ARGOCD_TLS_DATA_PATH: inside('tls'),
    ARGOCD_SSH_DATA_PATH: inside('ssh'),
    ARGOCD_GNUPGHOME: inside('gpg/keys'),
    ARGOCD_GPG_DATA_PATH: inside('gpg/source'),
    ARGOCD_PLUGINSOCKFILEPATH: inside('plugins'),
    ARGOCD_GPG_ENABLED: 'false',
  }
}
