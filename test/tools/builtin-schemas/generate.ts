import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { isJsonObject, type Json, type JsonObject } from '../../../src/model/json.ts'
import { startEtcd } from '../../servers/etcd.ts'
import { temporaryFolder } from '../../servers/folder.ts'
import { freePort } from '../../servers/port.ts'
import { startProgram, waitUntilReady } from '../../servers/process.ts'
import { buildTools, toolPath } from '../build.ts'
import { type DiscoveredKind, tableText } from './table-text.ts'

const HERE = import.meta.dirname
const TARGET = join(HERE, '../../../src/kubernetes/builtin/generated/builtin-table.ts')
const TOKEN = 'generate'
const READY_SECONDS = 60

/**
 * Writes src/kubernetes/builtin/generated/builtin-table.ts from a real API server with all its APIs switched on, and from Go's types.
 * Some four minutes the first time, which Go takes to compile them.
 */
async function generate(): Promise<void> {
  await buildTools()
  const keeping = await fieldsThatKeepZero()
  await using folder = await temporaryFolder('generate')
  const server = await startServer(folder.path)
  try {
    const kinds = await discover(server.get)
    const schemas = await readSchemas(server.get)
    const text = tableText({ kinds, schemas, keeping })
    const head = '// Made by test/tools/builtin-schemas from a real API server; builtin/table.ts tells the grammar.'
    await writeFile(TARGET, `${head}\nexport const BUILTIN_TABLE = \`${text}\`\n`)
    console.log(`${kinds.length} kinds, ${text.length} bytes`)
  } finally {
    await server.close()
  }
}

/** Runs main.go in the module of the API server, whose go.mod pins the versions of the types. */
async function fieldsThatKeepZero(): Promise<Readonly<Record<string, readonly string[]>>> {
  const child = spawn('go', ['run', join(HERE, 'main.go')], {
    cwd: join(HERE, '../kube-apiserver'),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`main.go ended with ${code}`)
  return JSON.parse(output)
}

type Get = (path: string) => Promise<JsonObject>

async function startServer(folder: string): Promise<{ readonly get: Get; readonly close: () => Promise<void> }> {
  const etcdFolder = join(folder, 'etcd')
  await mkdir(etcdFolder)
  const etcd = await startEtcd(etcdFolder)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = join(folder, 'service-account.key')
  const tokens = join(folder, 'tokens.csv')
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeFile(tokens, `${TOKEN},admin,admin,"system:masters"\n`)
  const port = await freePort()
  const program = startProgram({
    name: 'kube-apiserver',
    program: toolPath('kube-apiserver'),
    args: [
      `--etcd-servers=${etcd.endpoint}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
      `--token-auth-file=${tokens}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/12',
      '--endpoint-reconciler-type=none',
      '--runtime-config=api/all=true',
    ],
  })
  const close = async () => {
    await program.close()
    await etcd.program.close()
  }
  const dispatcher = await waitUntilReady(program, 'kube-apiserver', READY_SECONDS, () => trustedAgent(folder, port))
  const get: Get = async (path) => {
    const headers = { authorization: `Bearer ${TOKEN}`, accept: 'application/json' }
    const { statusCode, body } = await request(`https://127.0.0.1:${port}${path}`, { dispatcher, headers })
    const value: Json = JSON.parse(await body.text())
    if (statusCode !== 200 || !isJsonObject(value)) throw new Error(`${path}: ${statusCode}`)
    return value
  }
  return { get, close }
}

/** An agent that trusts the server's own certificate, as soon as the server answers with it. */
async function trustedAgent(folder: string, port: number): Promise<Agent | undefined> {
  try {
    const agent = new Agent({ connect: { ca: await readFile(join(folder, 'apiserver.crt')) } })
    const { statusCode, body } = await request(`https://127.0.0.1:${port}/readyz`, { dispatcher: agent })
    await body.dump()
    return statusCode === 200 ? agent : undefined
  } catch {
    // Not listening yet.
    return undefined
  }
}

/** Kinds that can be read and listed, with their versions as the server prefers them. */
async function discover(get: Get): Promise<readonly DiscoveredKind[]> {
  const found = new Map<string, DiscoveredKind>()
  const add = async (group: string, version: string) => {
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
    for (const resource of items((await get(root)).resources)) {
      const { kind, name, namespaced, verbs } = resource
      const isListed = Array.isArray(verbs) && verbs.includes('list') && verbs.includes('create')
      if (typeof kind !== 'string' || typeof name !== 'string' || name.includes('/') || !isListed) continue
      const known = found.get(`${group}/${kind}`) ?? {
        group,
        kind,
        versions: [],
        resource: name,
        namespaced: namespaced === true,
      }
      found.set(`${group}/${kind}`, { ...known, versions: [...known.versions, version] })
    }
  }
  await add('', 'v1')
  for (const group of items((await get('/apis')).groups))
    for (const { version } of items(group.versions)) await add(String(group.name), String(version))
  return [...found.values()]
}

async function readSchemas(get: Get): Promise<Readonly<Record<string, JsonObject>>> {
  const schemas: Record<string, JsonObject> = {}
  const { paths } = await get('/openapi/v3')
  for (const [path, entry] of Object.entries(isJsonObject(paths) ? paths : {})) {
    if (!/^api(?:s\/[^/]+)?\/v[^/]+$/.test(path) || !isJsonObject(entry)) continue
    const { components } = await get(String(entry.serverRelativeURL))
    const found = isJsonObject(components) && isJsonObject(components.schemas) ? components.schemas : {}
    for (const [name, schema] of Object.entries(found)) if (isJsonObject(schema)) schemas[name] = schema
  }
  return schemas
}

function items(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

if (import.meta.main) await generate()
