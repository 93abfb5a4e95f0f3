import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { parseAllDocuments } from 'yaml'
import { isJsonObject, type Json } from '../../src/model/json.ts'
import { builtProgram, MAIN, stopProgram } from '../commands/program.ts'
import { until } from '../commands/until.ts'
import { application, manifest, project, settingsMap, trackedConfigMap } from '../discovery/argocd/resources.ts'
import { REPOSITORY_URL } from '../discovery/flux/fleet-world.ts'
import { gitRepository, kustomization } from '../discovery/flux/resources.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { listAt } from '../servers/http-json.ts'
import { type KubeApiServer, type Rule, startKubeApiServer } from '../servers/kube-apiserver.ts'
import { run } from '../servers/run.ts'
import { skipWithout, toolPath } from '../tools/build.ts'
import { definitions } from './granted-fleet.ts'

const execute = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')
const CRDS = join(ROOT, 'test/discovery/argocd/crds')
const FLUX_CRDS = join(ROOT, 'test/discovery/flux/crds')
const SECRETS: Rule = { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }
const skip = skipWithout('kube-apiserver', 'etcd', 'kubectl', 'kustomize')

/** What the ClusterRole of deploy/base grants. */
async function baseRules(): Promise<readonly Rule[]> {
  const { stdout } = await run(toolPath('kustomize'), ['build', join(ROOT, 'deploy/base')])
  const role = parseAllDocuments(stdout)
    .map((document) => document.toJS())
    .find((object) => object.kind === 'ClusterRole')
  assert.ok(isJsonObject(role))
  const texts = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : [])
  return listAt(role, 'rules')
    .filter(isJsonObject)
    .map(({ apiGroups, resources, verbs }) => ({
      apiGroups: texts(apiGroups),
      resources: texts(resources),
      verbs: texts(verbs),
    }))
}

async function withArgocd(): Promise<KubeApiServer> {
  const server = await startKubeApiServer()
  try {
    const files = (await readdir(CRDS)).filter((name) => name.endsWith('.yaml.gz'))
    const texts = await Promise.all(files.map((file) => readFile(join(CRDS, file))))
    await server.admin.installCrds(texts.map((text) => gunzipSync(text).toString('utf8')))
    for (const namespace of ['argocd', 'shop']) await server.kubectl(['create', 'namespace', namespace])
    for (const resource of [settingsMap('argocd-cm', {}), project('default'), application('web')])
      await server.admin.apply(resource)
    await server.admin.apply(trackedConfigMap('web', 'web'), 'argocd-controller')
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}

async function repository(folder: string): Promise<void> {
  const path = join(folder, 'repository')
  await execute('git', ['init', '--quiet', '--initial-branch=main', path])
  await execute('mkdir', [join(path, 'web')])
  await writeFile(join(path, 'web/config.yaml'), manifest('web'))
  const author = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
  await execute('git', ['-C', path, 'add', '--all'])
  await execute('git', ['-C', path, ...author, 'commit', '--quiet', '--message=one'])
}

/** Where the repository is, and nothing of what to look at. */
const CONFIG = `rewrites: [{ match: "${REPOSITORY_URL}", fetchFrom: "file:repository" }]
metrics: { address: 127.0.0.1, port: 0 }
pages: { port: 0 }
stateDirectory: state
comparing: { secrets: skip }
`

test('without apps and discovery it looks where the kubeconfig leads, with the rights of deploy/base', {
  skip,
}, async (t) => {
  await builtProgram()
  await using folder = await temporaryFolder('zero-config')
  await using server = await withArgocd()
  await repository(folder.path)
  await writeFile(join(folder.path, 'config.yaml'), CONFIG)
  const rules = await baseRules()
  const base = await server.addUser('base', { clusterRules: rules })
  const start = (command: string, kubeconfig: string) =>
    spawn(process.execPath, [MAIN, command, '--config', join(folder.path, 'config.yaml')], {
      env: { PATH: process.env.PATH, HOME: folder.path, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  async function check(kubeconfig: string): Promise<string> {
    const child = start('check', kubeconfig)
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    await new Promise((resolve) => child.on('close', resolve))
    assert.equal(child.exitCode, 0, out)
    return out
  }

  await t.test('check says first where it looks, what it found and what it lacks, and judges the apps', async () => {
    const out = await check(base.kubeconfig)
    const [first = '', second = '', third = '', fourth = ''] = out.split('\n')
    assert.match(first, /^config: .*the context "test" of .*GDE_ZERO_CONFIG/)
    assert.match(second, /^cluster test: .*found and read: Argo CD in the namespace argocd/)
    assert.match(third, / Secrets of argocd, which the component deploy\/components\/argocd-secrets.*GDE_RIGHT_MISSING/)
    assert.match(fourth, / releases of Helm.*deploy\/components\/secrets.*GDE_RIGHT_MISSING/)
    assert.match(out, /^web +test +Synced/m)
    assert.equal(out.split('GDE_RIGHT_MISSING').length, 3)
  })

  await t.test('what a component grants is not missing any more', async () => {
    const more = await server.addUser('argocd', { clusterRules: rules, namespaceRules: { argocd: [SECRETS] } })
    const out = await check(more.kubeconfig)
    assert.doesNotMatch(out, /argocd-secrets/)
    assert.match(out, /deploy\/components\/secrets/)
    const all = await server.addUser('all', { clusterRules: [...rules, SECRETS] })
    assert.doesNotMatch(await check(all.kubeconfig), /GDE_RIGHT_MISSING/)
  })

  await t.test('log, page and metrics of the service say it, too', async () => {
    const child = start('serve', base.kubeconfig)
    try {
      const lines: string[] = []
      child.stderr.on('data', (chunk) => lines.push(...String(chunk).split('\n')))
      const listening = await until('the service', async () => lines.find((line) => line.includes('"msg":"listening"')))
      const { metrics, pages } = JSON.parse(listening)
      const found = lines.findIndex((line) => line.includes('GDE_ZERO_CONFIG'))
      assert.ok(found !== -1 && found < lines.indexOf(listening))
      assert.ok(lines.some((line) => line.includes('GDE_RIGHT_MISSING')))
      await until('the app', async () =>
        /gitops_app_info\{app_name="web".*sync_status="Synced"\} 1/.test(
          await (await fetch(`${metrics}/metrics`)).text(),
        )
          ? true
          : undefined,
      )
      const text = await (await fetch(`${metrics}/metrics`)).text()
      assert.match(text, /gitops_discovery_up\{controller="argocd",app_cluster="test"\} 1/)
      assert.doesNotMatch(text, /gitops_discovery_up\{controller="(flux|helm)"/)
      const page = await (await fetch(pages)).text()
      assert.ok(page.indexOf('deploy/components/argocd-secrets') < page.indexOf('<table'))
    } finally {
      await stopProgram(child)
    }
  })

  await t.test('where Flux is, it is found and read as well, and so is what its credentials need', async () => {
    await server.admin.installCrds(await definitions(FLUX_CRDS))
    await server.kubectl(['create', 'namespace', 'flux-system'])
    for (const resource of [gitRepository(), kustomization({ path: './web', targetNamespace: 'flux-system' })])
      await server.admin.apply(resource)
    const labels = {
      'kustomize.toolkit.fluxcd.io/name': 'shop',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    }
    const metadata = { name: 'web', namespace: 'flux-system', labels }
    await server.admin.apply(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: 'value' } },
      'kustomize-controller',
    )
    const out = await check(base.kubeconfig)
    assert.match(out, /^cluster test: .*found and read: Argo CD in the namespace argocd, Flux/m)
    assert.match(out, /credentials of repositories and remote clusters of Flux, .*GDE_RIGHT_MISSING/)
    assert.match(out, /^shop +test +Synced/m)
  })
})

test('where there is no cluster it says so, and what to do', async () => {
  await builtProgram()
  await using folder = await temporaryFolder('zero-config')
  const child = spawn(process.execPath, [MAIN, 'check'], {
    cwd: folder.path,
    env: { PATH: process.env.PATH, HOME: folder.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  await new Promise((resolve) => child.on('close', resolve))
  assert.equal(child.exitCode, 2)
  assert.match(
    out,
    /^config: .*there is no cluster here: this is no pod, and .*\.kube\/config is not there.*GDE_ZERO_CONFIG/,
  )
})
