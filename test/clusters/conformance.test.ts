import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectCluster } from '../../src/clusters/connect.ts'
import { objectKey } from '../../src/kubernetes/object.ts'
import { printJson } from '../../src/kubernetes/serialization/json.ts'
import { groupKindText, type KubernetesObject } from '../../src/model/object.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startKubeApiServer } from '../servers/kube-apiserver.ts'
import { skipWithout } from '../tools/build.ts'
import { describeConnector, object } from './conformance.ts'

describeConnector('API server', skipWithout('etcd', 'kube-apiserver'), async () => {
  const server = await startKubeApiServer()
  for (const namespace of ['shop', 'other']) await server.admin.apply(object('Namespace', '', namespace))
  const access = { type: 'kubeconfig', path: await server.kubeconfig() } as const
  const connector = connectCluster(
    { name: 'real', labels: {}, access },
    { redactionKey: randomBytes(32), server: { missingKindAge: 100, discoveryAge: 500, lostAfter: 500 } },
  )
  return {
    connector,
    kubeVersion: /^v1\.36\.3$/,
    unknownKind: 'GDE_CLUSTER_KIND',
    lost: 'GDE_CLUSTER_UNREACHABLE',
    put: async (one) => {
      if (one.kind === 'CustomResourceDefinition') await server.admin.installCrds([one])
      else await server.admin.apply(one)
    },
    remove: async (one) => {
      const { group, kind, namespace, name } = objectKey(one)
      await server.kubectl(['delete', groupKindText({ group, kind }), name, '--namespace', namespace, '--wait=false'])
    },
    disconnect: () => server.stop(),
    reconnect: () => server.start(),
    [Symbol.asyncDispose]: () => server.close(),
  }
})

describeConnector('snapshot folder', false, async () => {
  const folder = await temporaryFolder('snapshot')
  const path = (one: KubernetesObject) => {
    const { kind, namespace, name } = objectKey(one)
    return join(folder.path, kind, `${namespace}-${name}.json`)
  }
  const connector = connectCluster(
    { name: 'copy', labels: {}, access: { type: 'snapshot', path: folder.path, kinds: [] } },
    { redactionKey: randomBytes(32) },
  )
  /** As soon as the connector has it: a folder is looked at some milliseconds after it changed. */
  const until = async (one: KubernetesObject, resourceVersion: string | undefined) => {
    for (;;) {
      const found = await connector.get(objectKey(one), AbortSignal.timeout(10_000)).catch(() => undefined)
      if (found?.metadata.resourceVersion === resourceVersion) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  let version = 0
  const put = async (one: KubernetesObject) => {
    const resourceVersion = String(++version)
    await mkdir(join(folder.path, one.kind), { recursive: true })
    await writeFile(path(one), printJson({ ...one, metadata: { ...one.metadata, resourceVersion } }))
    await until(one, resourceVersion)
  }
  const broken = join(folder.path, 'broken.yaml')
  return {
    connector,
    kubeVersion: /^v1\.36\.0$/,
    unknownKind: 'GDE_SNAPSHOT_KIND',
    lost: 'GDE_SNAPSHOT_READ',
    put,
    remove: async (one) => {
      await rm(path(one))
      await until(one, undefined)
    },
    disconnect: () => writeFile(broken, 'kind: {'),
    reconnect: () => rm(broken),
    [Symbol.asyncDispose]: () => folder.close(),
  }
})
