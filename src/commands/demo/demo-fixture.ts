import fs from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import git from 'isomorphic-git'
import { Document, isCollection } from 'yaml'
import type { KubernetesObject } from '../../model/object.ts'
import { makeTemporaryFolder } from '../../threads/temporary-folder.ts'
import { liveObject } from './applied-object.ts'
import { DEMO_APPS, DEMO_CLUSTERS, type DemoApp, type DemoCluster, type DemoState, FIRST_STATE } from './demo-apps.ts'

const AUTHOR = { name: 'Demo', email: 'demo@example.com' }

/** The demo's folder: a Git repository with a work tree, a folder of live objects for each cluster, and a config. */
export interface DemoFixture {
  readonly folder: string
  readonly config: string
  readonly repository: string
  /** Makes the files of the repository those of the state and commits them. */
  commit(state: DemoState, message: string): Promise<void>
  /** Makes the live objects of an app in a cluster what the state says, as a deployment would. */
  apply(app: DemoApp, cluster: DemoCluster, state: DemoState): Promise<void>
  /** Path of the file that holds one live object. */
  liveFile(cluster: DemoCluster, object: KubernetesObject): string
  writeLive(cluster: DemoCluster, object: KubernetesObject): Promise<void>
  remove(): Promise<void>
}

/** Ports, and the address that both listen on: this machine's own unless it says so. */
export interface DemoListeners {
  readonly metrics: number
  readonly pages: number
  readonly address?: string
}

export async function makeDemoFixture(listeners: DemoListeners): Promise<DemoFixture> {
  const folder = await makeTemporaryFolder('gitops-drift-demo-')
  const repository = join(folder, 'platform')
  const config = join(folder, 'config.yaml')
  const liveFile = (cluster: DemoCluster, { kind, metadata }: KubernetesObject): string =>
    join(folder, 'clusters', cluster, `${metadata.name}.${kind.toLowerCase()}.yaml`)
  const writeLive = (cluster: DemoCluster, object: KubernetesObject): Promise<void> =>
    writeAtomically(liveFile(cluster, object), liveText(object))

  async function commit(state: DemoState, message: string): Promise<void> {
    for (const [path, text] of DEMO_APPS.flatMap((app) => Object.entries(app.files(state)))) {
      await writeAtomically(join(repository, path), text)
      await git.add({ fs, dir: repository, filepath: path })
    }
    await git.commit({ fs, dir: repository, message, author: AUTHOR })
  }

  async function apply(app: DemoApp, cluster: DemoCluster, state: DemoState): Promise<void> {
    for (const object of app.objects(state)) await writeLive(cluster, liveObject(object))
  }

  await git.init({ fs, dir: repository, defaultBranch: 'main' })
  // So that `git commit` works here for users who have no name configured.
  await git.setConfig({ fs, dir: repository, path: 'user.name', value: AUTHOR.name })
  await git.setConfig({ fs, dir: repository, path: 'user.email', value: AUTHOR.email })
  await commit(FIRST_STATE, 'First version')
  for (const app of DEMO_APPS) for (const cluster of app.clusters) await apply(app, cluster, FIRST_STATE)
  await writeFile(config, configText(listeners))
  return {
    folder,
    config,
    repository,
    commit,
    apply,
    liveFile,
    writeLive,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function configText({ metrics, pages, address = '127.0.0.1' }: DemoListeners): string {
  const clusters = Object.entries(DEMO_CLUSTERS).map(
    ([name, labels]) => `  - name: ${name}
    labels: { environment: ${labels.environment}, region: ${labels.region} }
    snapshot: { path: clusters/${name}, kinds: [Deployment.apps, Service, ConfigMap] }`,
  )
  const apps = DEMO_APPS.map(
    ({ name, path, destination }) => `  - name: ${name}
    project: demo
    source: { repository: "file:platform", revision: main, path: ${path} }
    destination: ${destination}`,
  )
  return `metrics: { address: ${JSON.stringify(address)}, port: ${metrics} }
pages: { address: ${JSON.stringify(address)}, port: ${pages} }
stateDirectory: state
clusters:
${clusters.join('\n')}
apps:
${apps.join('\n')}
`
}

/** The managedFields on one line, so that the fields to edit are easy to find. */
function liveText(object: KubernetesObject): string {
  const document = new Document(object, { aliasDuplicateObjects: false })
  const managedFields = document.getIn(['metadata', 'managedFields'])
  if (isCollection(managedFields)) managedFields.flow = true
  return document.toString({ lineWidth: 0 })
}

/** As editors do it: a file is never seen half written. */
async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  // The connector of snapshots reads .yaml, .yml and .json only.
  await writeFile(`${path}.part`, text)
  await rename(`${path}.part`, path)
}
