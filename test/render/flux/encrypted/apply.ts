/** Has the real kustomize-controller apply `app` on a real API server, and keeps what it made in `applied.json`. `npm run record` builds both. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject, type Json, type JsonObject } from '../../../../src/model/json.ts'
import { foreignDefinitions } from '../../../e2e/corpus-apps.ts'
import { createWorkingRepository } from '../../../git/working-repository.ts'
import { FIELD_KINDS } from '../../../record/field-apps.ts'
import { gitRepository, kustomizationDefinition, startArtifacts } from '../../../record/stage.ts'
import { temporaryFolder } from '../../../servers/folder.ts'
import { startKubeApiServer } from '../../../servers/kube-apiserver.ts'
import { startKustomizeController } from '../../../servers/kustomize-controller.ts'
import { KUSTOMIZATION } from './kustomization.ts'

const HERE = import.meta.dirname
const KEYS = ['one.agekey', 'two.agekey', 'pgp.asc']
const APPLIED = [
  '/api/v1/namespaces/shop/secrets',
  '/api/v1/namespaces/shop/configmaps',
  '/api/v1/namespaces/shop/services',
  '/apis/apps/v1/namespaces/shop/deployments',
  '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations',
]
const SECONDS = 120

await using parts = new AsyncDisposableStack()
const { path: folder } = parts.use(await temporaryFolder('decryption'))
const repository = await createWorkingRepository(join(folder, 'repository'))
await cp(join(HERE, 'app'), join(repository.path, 'app'), { recursive: true })
await repository.commit({})
const server = parts.use(await startKubeApiServer())
const { admin } = server
const plain = (object: object): JsonObject => JSON.parse(JSON.stringify(object))
await admin.installCrds([...foreignDefinitions(), ...foreignDefinitions(FIELD_KINDS)].map(plain))
await admin.installCrds([await kustomizationDefinition()])
for (const name of ['flux-system', 'shop'])
  await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
const data: Record<string, string> = {}
for (const key of KEYS) data[key] = (await readFile(join(HERE, 'keys', key))).toString('base64')
await admin.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sops-keys', namespace: 'flux-system' }, data })
const artifacts = parts.use(await startArtifacts(join(folder, 'artifacts')))
const artifact = await artifacts.publish(repository)
await admin.apply(plain(gitRepository('https://git.example.com/platform.git', artifact)), 'source-controller')
await admin.apply(KUSTOMIZATION, 'people')
await mkdir(join(folder, 'flux'))
const controller = parts.use(await startKustomizeController(server, join(folder, 'flux')))
const path = `${APPLIED.at(-1)}/app`
let ready: Json = null
for (let second = 0; second < SECONDS && ready !== 'True'; second += 1) {
  await sleep(1000)
  const status = (await admin.request('GET', path)).status
  const conditions = isJsonObject(status) && Array.isArray(status.conditions) ? status.conditions : []
  const condition = conditions.find((one) => isJsonObject(one) && one.type === 'Ready')
  ready = isJsonObject(condition) ? (condition.status ?? null) : null
  if (isJsonObject(condition) && condition.status === 'False') throw new Error(`${condition.message}`)
}
if (ready !== 'True') throw new Error(`the controller was not done in time:\n${controller.output()}`)
const items: Json[] = []
for (const list of APPLIED) {
  const found = await admin.request('GET', list)
  const { kind, apiVersion } = found
  for (const item of Array.isArray(found.items) ? found.items : [])
    if (isJsonObject(item))
      items.push({ apiVersion: apiVersion ?? '', kind: String(kind).replace(/List$/, ''), ...item })
}
await writeFile(join(HERE, 'applied.json'), `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 1)}\n`)
