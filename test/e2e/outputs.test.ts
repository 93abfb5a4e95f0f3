import assert from 'node:assert/strict'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { builtProgram } from '../commands/program.ts'
import { createWorkingRepository } from '../git/working-repository.ts'
import { temporaryFolder } from '../servers/folder.ts'
import { startGitServer } from '../servers/git-http-backend.ts'
import { kubeconfigText } from '../servers/kubeconfig.ts'
import { type Answer, sendStatus, startScriptedApiServer } from '../servers/scripted-api-server.ts'
import { type Exporter, startExporter } from './exporter.ts'
import { assertNoLeak } from './leaks.ts'

/**
 * Servers and programs that repeat what they were given, and repositories whose errors quote it. The exporter is stopped at the end, and by then nothing
 * that it printed, served or saved may hold any of it (leaks.ts).
 */
const PASSWORD = 'Canary/Passw0rd+1'
const TOKEN = 'canary-t0ken-of-a-server'
const GIVEN = 'canary-given-t0-a-plugin'
const PRINTED = 'canary-pr1nted-by-a-plugin'
const LITERAL = 'Canary1iteral'

const parts = new AsyncDisposableStack()
let exporter: Exporter
const texts: Record<string, string> = {}

const spellings = (text: string) => [
  text,
  Buffer.from(text).toString('base64'),
  encodeURIComponent(text),
  Buffer.from(`git:${text}`).toString('base64'),
  Buffer.from(text).toString('hex'),
  JSON.stringify(text),
]
/** Git shows 200 characters of it: one spelling a server. */
const packet = (text: string) => `${(Buffer.byteLength(text) + 5).toString(16).padStart(4, '0')}${text}\n0000`

const repeat: Answer = (request, response) =>
  sendStatus(response, 403, `no access with ${request.headers.authorization}: ${spellings(TOKEN).join(' ')}`)

before(
  async () => {
    await builtProgram()
    const folder = parts.use(await temporaryFolder('outputs')).path
    const repository = await createWorkingRepository(join(folder, 'git/platform'))
    await repository.commit({
      'literals/kustomization.yaml': `secretGenerator:\n- name: g\n  literals:\n  - dsn=${LITERAL}\n  - forgotten\n`,
      'plain/secret.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: "${LITERAL}" ${LITERAL}}\n`,
      'jsonnet/a.jsonnet': `local p = '${LITERAL}'; error p`,
    })
    await writeFile(join(folder, 'password'), `${PASSWORD}\n`)
    const apps: object[] = []
    const repositories: object[] = []
    const clusters: object[] = [{ name: 'one', snapshot: { path: './one', kinds: ['Secret'] } }]
    const app = (name: string, url: string, path: string, cluster: string) =>
      apps.push({
        name,
        source: { repository: url, revision: 'main', path },
        destination: { cluster, namespace: 'shop' },
      })
    await mkdir(join(folder, 'one'))
    const good = parts.use(await startGitServer({ root: join(folder, 'git') }))
    for (const path of ['literals', 'plain', 'jsonnet']) app(path, `${good.url}/platform`, path, 'one')
    for (const [index, spelling] of spellings(PASSWORD).entries()) {
      const git = parts.use(await startGitServer({ root: join(folder, 'git') }))
      git.behave({ type: 'say', greeting: packet(`ERR no access with \u001b[31m${spelling}`) })
      repositories.push({ url: `${git.url}/platform`, credentials: { username: 'git', passwordFile: './password' } })
      app(`git-${index}`, `${git.url}/platform`, 'plain', 'one')
    }
    const api = parts.use(await startScriptedApiServer())
    for (const path of ['/api', '/apis', '/version']) api.answer(path, repeat)
    await writeFile(join(folder, 'api.kubeconfig'), kubeconfigText({ server: api.url }, { token: TOKEN }))
    const plugin = join(folder, 'plugin.sh')
    await writeFile(
      plugin,
      `#!/bin/sh\necho '{"token":"${PRINTED}"}'\necho "no with $GIVEN and ${PRINTED}" >&2\nexit 1\n`,
    )
    await chmod(plugin, 0o755)
    const exec = { command: plugin, env: [{ name: 'GIVEN', value: GIVEN }] }
    await writeFile(join(folder, 'exec.kubeconfig'), kubeconfigText({ server: api.url }, { exec }))
    for (const name of ['api', 'exec']) {
      clusters.push({ name, kubeconfig: { path: `./${name}.kubeconfig` } })
      app(name, `${good.url}/platform`, 'plain-of-another', name)
    }
    const config = join(folder, 'config.yaml')
    const addresses = { metrics: { address: '127.0.0.1', port: 0 }, pages: { port: 0 } }
    await writeFile(config, JSON.stringify({ ...addresses, stateDirectory: './state', repositories, clusters, apps }))
    exporter = await startExporter(config)
    parts.defer(() => exporter.stop())
  },
  { timeout: 120_000 },
)
after(() => parts.disposeAsync())

/** Apps that an incident explains have no row of their own on the first screen. */
async function pageOf(app: string, cluster: string): Promise<string> {
  const id = encodeURIComponent(`static|App|||${app}|${cluster}`)
  return (await fetch(new URL(`/apps/${id}`, exporter.pagesUrl))).text()
}

for (const [app, cluster, reason, wanted] of [
  ['literals', 'one', 'GDE_RENDER_KUSTOMIZE', /invalid literal source/],
  ['plain', 'one', 'GDE_RENDER_YAML', /secret\.yaml/],
  ['jsonnet', 'one', 'GDE_RENDER_JSONNET', /RUNTIME ERROR: \[hidden\]/],
  ...spellings(PASSWORD).map(
    (_, index) => [`git-${index}`, 'one', 'GDE_GIT_PROTOCOL', /no access with [^<]*\[hidden\]/] as const,
  ),
  ['exec', 'exec', 'GDE_CLUSTER_KUBECONFIG', /no with \[hidden\] and \[hidden\]/],
  ['api', 'api', 'GDE_CLUSTER_FORBIDDEN', /no access with [^<]*\[hidden\]/],
] as const)
  test(`what is told of ${app} says what is wrong, and repeats no secret`, async () => {
    await exporter.untilApp(`${app}@${cluster}`, { status: 'Unknown', reason })
    const page = await pageOf(app, cluster)
    texts[app] = page
    assert.match(page, wanted)
    for (const secret of [PASSWORD, TOKEN, GIVEN, PRINTED, LITERAL])
      for (const spelling of spellings(secret)) assert.ok(!page.includes(spelling), `${spelling} in ${page}`)
  })

test('no control character reaches the log or a page', () => {
  assert.match(texts['git-0'] ?? '', /no access with/)
  for (const text of [exporter.log(), ...Object.values(texts)]) assert.ok(!text.includes('\u001b'))
})

test('the canary sees a secret of a kubeconfig, of a Secret and of a file, in what is printed and in what is saved', async () => {
  await using folder = await temporaryFolder('canary')
  const config = join(folder.path, 'config.yaml')
  await writeFile(join(folder.path, 'kubeconfig'), kubeconfigText({ server: 'https://api' }, { token: TOKEN }))
  await writeFile(join(folder.path, 'password'), PASSWORD)
  await writeFile(join(folder.path, 's.yaml'), `kind: Secret\ndata: {a: ${Buffer.from(LITERAL).toString('base64')}}\n`)
  await assertNoLeak(config, { stdout: 'nothing' })
  for (const secret of [
    TOKEN,
    PASSWORD,
    encodeURIComponent(PASSWORD),
    LITERAL,
    Buffer.from(LITERAL).toString('base64'),
  ])
    await assert.rejects(assertNoLeak(config, { stdout: `so: ${secret}` }), /stdout holds the secret/)
  await mkdir(join(folder.path, 'state'))
  await writeFile(join(folder.path, 'state/state.json'), JSON.stringify({ message: LITERAL }))
  await assert.rejects(assertNoLeak(config, {}), /state\.json holds the secret/)
})
