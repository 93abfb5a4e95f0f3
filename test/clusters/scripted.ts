import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { connectCluster } from '../../src/clusters/connect.ts'
import type { ServerLimits } from '../../src/clusters/options.ts'
import type { ClusterConnector } from '../../src/model/clusters/cluster.ts'
import type { ErrorCode } from '../../src/model/errors.ts'
import { CodedError } from '../../src/model/failure.ts'
import type { Certificate } from '../servers/certificate.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { type KubeconfigCluster, type KubeconfigUser, kubeconfigText } from '../servers/kubeconfig.ts'
import {
  type Answer,
  type ScriptedApiServer,
  sendJson,
  startScriptedApiServer,
} from '../servers/scripted-api-server.ts'

export const CONFIG_MAP = { group: '', kind: 'ConfigMap' }
export const LIST = '/api/v1/configmaps'
/** Every time limit so short that a test can wait for it. */
const SHORT: Partial<ServerLimits> = {
  connect: 1000,
  answer: 1500,
  idle: 1500,
  watchSilence: 1500,
  lostAfter: 300,
  firstPause: 20,
  longestPause: 100,
  missingKindAge: 50,
  discoveryAge: 50,
}

export async function connect(
  t: TestContext,
  cluster: KubeconfigCluster,
  user: KubeconfigUser = { token: 'secret-token' },
  limits: Partial<ServerLimits> = {},
): Promise<ClusterConnector> {
  const folder = await temporaryFolder('kubeconfig')
  const path = join(folder.path, 'config')
  await writeFile(path, kubeconfigText(cluster, user))
  const access = { type: 'kubeconfig', path } as const
  const connector = connectCluster(
    { name: 'prod', labels: {}, access },
    { redactionKey: new Uint8Array(32), server: { ...SHORT, ...limits }, environment: {} },
  )
  t.after(async () => {
    await connector.close()
    await folder.close()
  })
  return connector
}

export async function scripted(t: TestContext, tls?: Certificate): Promise<ScriptedApiServer> {
  const server = await startScriptedApiServer(tls)
  t.after(() => server.close())
  return server
}

export function configMap(name: string, resourceVersion: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop', resourceVersion } }
}

export function list(items: readonly object[], resourceVersion: string, more: object = {}) {
  return { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion, ...more }, items }
}

/** Lists by turns, the last one again and again; watches that say nothing unless told otherwise. */
export function listsAndWatches(lists: readonly Answer[], watches: readonly Answer[] = []): Answer {
  let listed = 0
  let watched = 0
  const quiet: Answer = (_, response) => response.writeHead(200).flushHeaders()
  return (request, response, url) => {
    if (url.searchParams.has('watch')) (watches[watched++] ?? quiet)(request, response, url)
    else lists[Math.min(listed++, lists.length - 1)]?.(request, response, url)
  }
}

export const listing =
  (...names: readonly string[]): Answer =>
  (_, response) =>
    sendJson(
      response,
      list(
        names.map((name) => configMap(name, '1')),
        '10',
      ),
    )

export async function codeOf(work: Promise<unknown>): Promise<ErrorCode> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof CodedError, String(error))
  assert.equal(error.failure.cluster, 'prod')
  assert.ok(!error.message.includes('secret-token'))
  return error.failure.code
}

export const signal = () => AbortSignal.timeout(30_000)

export const watchLines =
  (...events: readonly object[]): Answer =>
  (_, response) => {
    response.writeHead(200)
    for (const event of events) response.write(`${JSON.stringify(event)}\n`)
  }
