import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { parseAllDocuments } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import { MAIN } from '../commands/program.ts'
import { application, manifest, project, settingsMap, trackedConfigMap } from '../discovery/argocd/resources.ts'
import { REPOSITORY_URL } from '../discovery/flux/fleet-world.ts'
import { definitionOf } from '../servers/custom-resource-definition.ts'
import { type KubeApiServer, startKubeApiServer } from '../servers/kube-apiserver.ts'

const execute = promisify(execFile)
const ARGOCD_CRDS = join(import.meta.dirname, '../discovery/argocd/crds')
const FLUX_CRDS = join(import.meta.dirname, '../discovery/flux/crds')

/** A kind that no list of built-in ones has. */
const WIDGETS = definitionOf({
  ...{ group: 'example.com', kind: 'Widget', scope: 'Namespaced', spec: { size: { type: 'integer' } } },
})

/** Where the repository is, and nothing of what to look at. */
export const FOUND_CONFIG = `rewrites: [{ match: "${REPOSITORY_URL}", fetchFrom: "file:repository" }]
stateDirectory: state
comparing: { secrets: skip }
`

/**
 * A real API server with the resources of Argo CD and Flux and two Applications that are in sync: `web`, a ConfigMap, and `widgets`, a custom
 * resource; their repository and a config are in the folder.
 */
export async function startGrantedFleet(folder: string): Promise<KubeApiServer> {
  const server = await startKubeApiServer()
  try {
    await server.admin.installCrds([...(await definitions(ARGOCD_CRDS)), ...(await definitions(FLUX_CRDS))])
    await server.admin.installCrds([WIDGETS])
    for (const namespace of ['argocd', 'flux-system', 'shop', 'gitops-drift-exporter'])
      await server.kubectl(['create', 'namespace', namespace])
    for (const resource of [
      settingsMap('argocd-cm', {}),
      project('default', { clusterResourceWhitelist: [{ group: '*', kind: '*' }] }),
      application('web'),
      application('widgets'),
    ])
      await server.admin.apply(resource)
    await server.admin.apply(trackedConfigMap('web', 'web'), 'argocd-controller')
    await server.admin.apply(
      {
        ...WIDGET,
        metadata: {
          ...WIDGET.metadata,
          namespace: 'shop',
          annotations: { 'argocd.argoproj.io/tracking-id': 'widgets:example.com/Widget:shop/large' },
        },
      },
      'argocd-controller',
    )
    await writeRepository(join(folder, 'repository'))
    await writeFile(join(folder, 'config.yaml'), FOUND_CONFIG)
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

const WIDGET = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'large' }, spec: { size: 3 } }

async function writeRepository(path: string): Promise<void> {
  await execute('git', ['init', '--quiet', '--initial-branch=main', path])
  for (const [app, text] of Object.entries({ web: manifest('web'), widgets: JSON.stringify(WIDGET) })) {
    await mkdir(join(path, app))
    await writeFile(join(path, app, 'object.yaml'), text)
  }
  const author = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
  await execute('git', ['-C', path, 'add', '--all'])
  await execute('git', ['-C', path, ...author, 'commit', '--quiet', '--message=one'])
}

/** CRDs in a folder, packed or not. */
export async function definitions(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => /\.yaml(\.gz)?$/.test(name))
  return Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(folder, name))
      return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
    }),
  )
}

/** The objects of YAML with several documents, but empty ones. */
export function objectsOf(yaml: string): readonly JsonObject[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0]
    const value: Json = document.toJS()
    if (value === null) return []
    if (!isJsonObject(value)) throw new Error('not an object')
    return [value]
  })
}

/** Runs a command of the built program on the folder's config, as whoever the kubeconfig is. */
export async function askAs(kubeconfig: string, folder: string, command: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, command, '--config', join(folder, 'config.yaml'), ...args], {
    env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, code: child.exitCode }
}
