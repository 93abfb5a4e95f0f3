import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, before, beforeEach, test } from 'node:test'
import { promisify } from 'node:util'
import { DEMO_APPS, FIRST_STATE } from '../../src/commands/demo/demo-apps.ts'
import { type DemoFixture, makeDemoFixture } from '../../src/commands/demo/demo-fixture.ts'
import { builtProgram, runProgram } from './program.ts'

const execute = promisify(execFile)

let fixture: DemoFixture

before(builtProgram)
beforeEach(async () => {
  fixture = await makeDemoFixture({ metrics: 0, pages: 0 })
})
afterEach(() => fixture.remove())

async function edit(path: string, from: string | RegExp, to: string): Promise<void> {
  const file = join(fixture.folder, path)
  const text = await readFile(file, 'utf8')
  assert.notEqual(text.replace(from, to), text)
  await writeFile(file, text.replace(from, to))
}

test('every app as Git says: a table, exit code 0', async () => {
  const { code, out, err } = await runProgram('check', '--config', fixture.config)
  assert.equal(err, '')
  assert.equal(
    inOrder(out),
    `APP         CLUSTER  STATUS     WHY   OBJECTS
payments    prod-us  Synced           2 synced
quotas      prod-us  Synced           2 synced
quotas      staging  Synced           2 synced
search      staging  Synced           2 synced
storefront  prod-eu  Synced           3 synced
storefront  prod-us  Synced           3 synced

6 apps: 6 Synced, 0 OutOfSync, 0 Unknown
`,
  )
  assert.equal(code, 0)
})

/** Lines of the table stand in the order in which apps were judged. */
function inOrder(table: string): string {
  const [header = '', ...lines] = table.split('\n')
  const end = lines.indexOf('')
  return [header, ...lines.slice(0, end).sort(), ...lines.slice(end)].join('\n')
}

test('--cluster, --project and --selector choose apps, by labels of their cluster, too', async () => {
  const names = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { out } = await runProgram('check', '--config', fixture.config, '--output', 'json', ...args)
    return JSON.parse(out).apps.map(
      ({ identity }: { identity: Record<string, string> }) => `${identity.name} ${identity.destination}`,
    )
  }
  assert.deepEqual(await names('--cluster', 'prod-*', '--app', 'storefront'), [
    'storefront prod-eu',
    'storefront prod-us',
  ])
  assert.deepEqual(await names('--cluster', 'staging'), ['quotas staging', 'search staging'])
  assert.deepEqual(await names('--selector', 'environment=production', '--selector', 'region!=eu-west'), [
    'payments prod-us',
    'quotas prod-us',
    'storefront prod-us',
  ])
  const none = await runProgram('check', '--config', fixture.config, '--project', 'no-such')
  assert.equal(none.code, 2)
  assert.match(none.err, /no app matches all of what was asked for/)
  const wrong = await runProgram('check', '--config', fixture.config, '--selector', 'a=b=c')
  assert.match(wrong.err, /--selector must be a selector as kubectl takes it, such as team=web, not "a=b=c"/)
})

test('--only says what is printed, --fail-on what makes the exit code', async () => {
  await edit('clusters/prod-us/storefront.deployment.yaml', 'replicas: 3', 'replicas: 5')
  await edit('config.yaml', 'path: search', 'path: serach')
  const codes = async (...args: readonly string[]): Promise<number | null> =>
    (await runProgram('check', '--config', fixture.config, ...args)).code
  assert.equal(await codes(), 2)
  assert.equal(await codes('--fail-on', 'drift'), 1)
  assert.equal(await codes('--fail-on', 'unknown', '--app', 'storefront'), 0)
  assert.equal(await codes('--fail-on', 'unknown'), 2)
  assert.equal(await codes('--fail-on', 'none'), 0)
  assert.equal(await codes('--fail-on', 'none,drift'), 2)
  const { code, out } = await runProgram('check', '--config', fixture.config, '--only', 'drift')
  assert.equal(code, 2)
  assert.match(out, /^storefront +prod-us +OutOfSync +live/m)
  assert.doesNotMatch(out, /^(search|payments|quotas) /m)
  assert.match(out, /^6 apps: 4 Synced, 1 OutOfSync, 1 Unknown$/m)
})

test('every output of CI tells the drift and the app that is Unknown', async () => {
  await edit('clusters/prod-us/storefront.deployment.yaml', 'replicas: 3', 'replicas: 5')
  await edit('config.yaml', 'path: search', 'path: serach')
  const printed = async (output: string) => {
    const { code, out, err } = await runProgram('check', '--config', fixture.config, '--output', output)
    assert.deepEqual({ code, err }, { code: 2, err: '' }, output)
    return out
  }
  assert.match(await printed('junit'), /<failure type="live" message="2 synced, 1 changed">/)
  assert.match(
    await printed('github'),
    /^::error title=storefront in prod-us%3A OutOfSync \(live\)::.*spec.replicas: declared 3, live 5/m,
  )
  assert.match(
    await printed('markdown'),
    /\| <code>search<\/code> \| <code>staging<\/code> \| Unknown \| <code>GDE&#95;GIT&#95;PATH<\/code> \|/,
  )
  const sarif = JSON.parse(await printed('sarif'))
  assert.deepEqual(
    sarif.runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId),
    ['GDE_GIT_PATH', 'changed'],
  )
})

test('a live edit: exit code 1, and what differs in JSON', async () => {
  await edit('clusters/prod-us/storefront.deployment.yaml', 'replicas: 3', 'replicas: 5')
  const { code, out } = await runProgram('check', '--config', fixture.config, '--app', 'storefront', '--output', 'json')
  assert.equal(code, 1)
  const { apiVersion, apps } = JSON.parse(out)
  assert.equal(apiVersion, 'gitops-drift-exporter/v1')
  assert.deepEqual(
    apps.map((app: Record<string, unknown>) => [app.identity, app.status, app.cause, app.reason]),
    [
      [identity('prod-eu'), 'Synced', null, null],
      [identity('prod-us'), 'OutOfSync', 'live', null],
    ],
  )
  const [inSync, drifted] = apps
  assert.deepEqual(
    inSync.objects.map(({ state }: { state: string }) => state),
    ['synced', 'synced', 'synced'],
  )
  const [changed, ...rest] = drifted.objects.filter(({ state }: { state: string }) => state !== 'synced')
  assert.deepEqual(rest, [])
  const { group, kind, namespace, name, state, differences } = changed
  assert.deepEqual(
    { group, kind, namespace, name, state },
    {
      group: 'apps',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'storefront',
      state: 'changed',
    },
  )
  const [{ path, class: kindOfDifference, effect, desired, live }] = differences
  assert.deepEqual([path, kindOfDifference, effect, desired, live], ['/spec/replicas', 'changed', 'drift', 3, 5])
  assert.equal(drifted.revisions.length, 1)
  assert.match(drifted.revisions[0].commit, /^[0-9a-f]{40}$/)
})

function identity(destination: string): object {
  return { controller: 'static', kind: 'App', declaredIn: '', namespace: '', name: 'storefront', destination }
}

test('--diff shows the field, what Git says and what is live', async () => {
  await edit('clusters/prod-us/storefront.deployment.yaml', 'replicas: 3', 'replicas: 5')
  const { code, out } = await runProgram('check', '--config', fixture.config, '--app', 'storefront', '--diff')
  assert.equal(code, 1)
  assert.match(out, /^-\s+replicas: 5$/m)
  assert.match(out, /^\+\s+replicas: 3$/m)
})

test('an app that cannot be rendered: exit code 2, that app alone is Unknown, with the reason', async () => {
  await fixture.commit(FIRST_STATE, 'nothing')
  await edit('clusters/prod-us/storefront.deployment.yaml', 'replicas: 3', 'replicas: 5')
  await edit('config.yaml', 'path: search', 'path: serach')
  const { code, out } = await runProgram('check', '--config', fixture.config)
  assert.equal(code, 2)
  assert.match(out, /^search +staging +Unknown +GDE_GIT_PATH/m)
  assert.match(out, /6 apps: 4 Synced, 1 OutOfSync, 1 Unknown/)
})

test('a file that cannot be read is named with line and column, in the table and in JSON', async () => {
  await writeFile(
    join(fixture.repository, 'storefront/service.yaml'),
    'apiVersion: v1\nkind: Service\nmetadata:\n\tname: storefront\n',
  )
  await execute('git', ['-C', fixture.repository, 'commit', '--quiet', '--all', '--message', 'Tab'])
  const table = await runProgram('check', '--config', fixture.config, '--app', 'storefront')
  assert.equal(table.code, 2)
  assert.match(
    table.out,
    /^storefront\/service\.yaml:4:1: .*\(GDE_RENDER_YAML\)\n {2}2 apps: storefront in prod-eu, storefront in prod-us$/m,
  )
  const json = await runProgram('check', '--config', fixture.config, '--app', 'storefront', '--output', 'json')
  const [{ reason, file, line, column }] = JSON.parse(json.out).apps
  assert.deepEqual([reason, file, line, column], ['GDE_RENDER_YAML', 'storefront/service.yaml', 4, 1])
})

test('warnings are printed below the table, with their position', async () => {
  const settings = join(fixture.repository, 'storefront/settings.yaml')
  await writeFile(settings, (await readFile(settings, 'utf8')).replace('kind: ConfigMap\n', '$&kind: ConfigMap\n'))
  await execute('git', ['-C', fixture.repository, 'commit', '--quiet', '--all', '--message', 'Twice'])
  const { code, out, err } = await runProgram('check', '--config', fixture.config, '--app', 'storefront')
  assert.equal(code, 0, out + err)
  assert.match(
    out,
    /^warning: storefront\/settings\.yaml:\d+: the key "kind" is there twice.*: 2 apps: storefront in prod-eu, storefront in prod-us$/m,
  )
})

test('an app whose folder declares nothing says so', async () => {
  await edit('config.yaml', 'path: storefront', 'path: .')
  const { code, out } = await runProgram('check', '--config', fixture.config, '--app', 'storefront')
  assert.equal(code, 0)
  assert.match(out, /^storefront +prod-us +Synced +no objects$/m)
})

test('an app whose selector matches no cluster is a problem, and nobody may take it for in sync', async () => {
  await edit('config.yaml', 'matchLabels: { environment: production }', 'matchLabels: { environment: prodction }')
  const { code, out } = await runProgram('check', '--config', fixture.config, '--output', 'json')
  assert.equal(code, 2)
  const { apps, problems } = JSON.parse(out)
  assert.equal(apps.length, 4)
  assert.deepEqual(
    problems.map(({ subject, reason }: Record<string, unknown>) => [subject, reason]),
    [['app storefront', 'GDE_CLUSTER_UNKNOWN']],
  )
})

test('an object that is gone makes its app OutOfSync', async () => {
  const payments = DEMO_APPS.find(({ name }) => name === 'payments')
  const service = payments?.objects(FIRST_STATE).find(({ kind }) => kind === 'Service')
  assert.ok(service !== undefined)
  await rm(fixture.liveFile('prod-us', service))
  const { code, out } = await runProgram('check', '--config', fixture.config, '--app', 'payments')
  assert.equal(code, 1)
  // A single pass has never seen it, so it does not know whether it was deleted or is new in Git.
  assert.match(out, /^payments +prod-us +OutOfSync +\w+ +1 synced, 1 missing$/m)
})

test('an app that is not there is reported with the name that was probably meant', async () => {
  const { code, err } = await runProgram('check', '--config', fixture.config, '--app', 'storefrnt')
  assert.equal(code, 2)
  assert.match(err, /there is no app "storefrnt"; did you mean "storefront"\?/)
})

test('apps lists every app with source and destination', async () => {
  const { code, out } = await runProgram('apps', '--config', fixture.config)
  assert.equal(code, 0)
  assert.match(out, /^quotas +static +staging +shop +main +file:\S+\/platform quotas$/m)
  const json = JSON.parse((await runProgram('apps', '--config', fixture.config, '--output', 'json')).out)
  assert.equal(json.apps.length, 6)
  assert.deepEqual(json.applicationSets, [])
  assert.deepEqual(json.apps[0].destination, { cluster: 'prod-us', server: '', namespace: 'shop' })
})

test('render prints what the controller would apply, as YAML and as JSON', async () => {
  const yaml = await runProgram('render', '--config', fixture.config, '--app', 'payments')
  assert.equal(yaml.code, 0)
  assert.match(yaml.out, /image: registry.example.com\/payments:2.0.1/)
  const { code, out } = await runProgram('render', '--config', fixture.config, '--app', 'search', '--output', 'json')
  assert.equal(code, 0)
  const { objects } = JSON.parse(out)
  assert.deepEqual(
    objects.map(({ action, object }: { action: string; object: { kind: string } }) => [action, object.kind]).sort(),
    [
      ['apply', 'Deployment'],
      ['apply', 'Service'],
    ],
  )
})

test('render of an app in several clusters asks which, and takes --cluster', async () => {
  const several = await runProgram('render', '--config', fixture.config, '--app', 'storefront')
  assert.equal(several.code, 2)
  assert.match(several.err, /storefront in prod-us, .*storefront in prod-eu/)
  const one = await runProgram('render', '--config', fixture.config, '--app', 'storefront', '--cluster', 'prod-eu')
  assert.equal(one.code, 0)
  assert.match(one.out, /kind: Deployment/)
})

const PASSWORD = 'hunter2-of-the-shop'
const COPIES = {
  labels: { copied: PASSWORD, 'app.kubernetes.io/name': 'shop' },
  annotations: { dsn: `postgres://shop:${PASSWORD}@db/shop`, encoded: Buffer.from(PASSWORD).toString('base64') },
}

test('render redacts Secrets, unless it is asked to show them', async () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'token', ...COPIES },
    stringData: { token: PASSWORD },
  }
  const platform = ['-C', fixture.repository]
  await writeFile(join(fixture.repository, 'storefront/secret.json'), JSON.stringify(secret))
  await execute('git', [...platform, 'add', '--all'])
  await execute('git', [...platform, 'commit', '--quiet', '--message', 'Secret'])
  const args = ['render', '--config', fixture.config, '--app', 'storefront', '--cluster', 'prod-us'] as const
  const redacted = await runProgram(...args)
  assert.equal(redacted.code, 0)
  assert.match(redacted.out, /kind: Secret/)
  assert.doesNotMatch(redacted.out, /hunter2|aHVudGVyMi1vZi10aGUtc2hvc/)
  assert.match(redacted.out, /dsn: "?\[hidden\]|dsn: postgres:.*\[hidden\]/)
  assert.match(redacted.out, /app.kubernetes.io\/name: shop/)
  assert.match((await runProgram(...args, '--show-secrets')).out, /hunter2/)
})

test('render of what cannot be rendered exits 2 with the coded error', async () => {
  await edit('config.yaml', 'path: search', 'path: serach')
  const { code, out, err } = await runProgram('render', '--config', fixture.config, '--app', 'search')
  assert.deepEqual({ code, out }, { code: 2, out: '' })
  assert.match(err, /serach.*\(GDE_GIT_PATH\)/)
})
