import assert from 'node:assert/strict'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import type { JsonObject } from '../../src/model/json.ts'
import { builtProgram, runProgram } from '../commands/program.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { at, listAt } from '../servers/http-json.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { objectsOf } from './granted-fleet.ts'

const ROOT = join(import.meta.dirname, '../..')
const URL_OF_EXAMPLES = 'https://git.example.com/platform/gitops-drift-exporter.git'
const skip = skipWithout('kustomize', 'helm')

const names = (objects: readonly JsonObject[]): readonly string[] =>
  objects.map((one) => `${one.kind} ${at(one, 'metadata', 'name')}`).toSorted()

/** A repository with what the examples install, and a cluster that declares them. */
async function layOut(folder: string): Promise<string> {
  const repository = join(folder, 'repository')
  for (const part of ['deploy', 'alerts', 'dashboards'])
    await cp(join(ROOT, part), join(repository, part), { recursive: true })
  const git = (...args: readonly string[]) =>
    run('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--message=all')
  await cp(join(ROOT, 'deploy/examples/install'), join(folder, 'cluster'), { recursive: true })
  await mkdir(join(folder, 'cluster/more'))
  const project = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace: 'argocd' },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  }
  await writeFile(join(folder, 'cluster/more/project.yaml'), stringify(project))
  const config = join(folder, 'config.yaml')
  const text = {
    repositories: [{ url: URL_OF_EXAMPLES, fetchFrom: 'file:repository' }],
    clusters: [{ name: 'prod', snapshot: { path: 'cluster', kinds: ['*'] } }],
    discovery: { argocd: [{ cluster: 'prod' }], flux: [{ cluster: 'prod' }] },
  }
  await writeFile(config, stringify(text))
  return config
}

test('Argo CD and Flux install what helm and kustomize make of the same', { skip }, async (t) => {
  await builtProgram()
  await using folder = await temporaryFolder('examples')
  const config = await layOut(folder.path)
  async function rendered(...args: readonly string[]): Promise<readonly JsonObject[]> {
    const { code, out, err } = await runProgram('render', '--config', config, ...args)
    assert.equal(code, 0, err + out)
    return objectsOf(out)
  }
  async function template(secrets: string): Promise<readonly string[]> {
    const release = ['template', 'gitops-drift-exporter', join(ROOT, 'deploy/helm/gitops-drift-exporter')]
    const values = ['serviceMonitor.enabled', 'prometheusRule.enabled', 'dashboards.configMaps.enabled']
    const set = values.flatMap((value) => ['--set', `${value}=true`])
    const { stdout } = await run(toolPath('helm'), [...release, '--set', `rbac.secrets=${secrets}`, ...set])
    return names(objectsOf(stdout))
  }
  const imageOf = (objects: readonly JsonObject[]) => {
    const set = objects.find(({ kind }) => kind === 'StatefulSet') ?? null
    return at(listAt(set, 'spec', 'template', 'spec', 'containers')[0], 'image')
  }

  await t.test('argocd-application.yaml', async () => {
    const objects = await rendered('--app', 'gitops-drift-exporter', '--controller', 'argocd')
    assert.deepEqual(names(objects), await template('argocd'))
    assert.equal(imageOf(objects), 'images.example.com/gitops-drift-exporter:0.1.0')
  })
  await t.test('flux-helm-release.yaml', async () => {
    const objects = await rendered('--app', 'gitops-drift-exporter-chart')
    assert.deepEqual(names(objects), await template('all'))
    assert.equal(imageOf(objects), 'images.example.com/gitops-drift-exporter:0.1.0')
  })
  await t.test('flux-kustomization.yaml', async () => {
    const objects = await rendered('--app', 'gitops-drift-exporter', '--controller', 'flux')
    const overlay = join(folder.path, 'repository/deploy/own')
    await mkdir(overlay)
    const components = ['secrets', 'service-monitor', 'prometheus-rule', 'dashboards'].map(
      (name) => `../components/${name}`,
    )
    await writeFile(join(overlay, 'kustomization.yaml'), stringify({ resources: ['../base'], components }))
    const { stdout } = await run(toolPath('kustomize'), ['build', overlay])
    assert.deepEqual(names(objects), names(objectsOf(stdout)))
    assert.equal(imageOf(objects), 'images.example.com/gitops-drift-exporter:0.1.0')
  })
})
