import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applicationToApp } from '../../../src/discovery/argocd/applications/application-to-app.ts'
import type { GitCredentials } from '../../../src/model/apps/inventory.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { REPOSITORY_URL } from '../flux/fleet-world.ts'
import { rewriteOf, urlOf } from '../urls.ts'
import { type ContextOptions, clustersOf, contextOf } from './context.ts'
import { application, IN_CLUSTER, project } from './resources.ts'
import { secretOf } from './secret.ts'

/** Why an Application is refused, or that it is not; and that nothing is fetched for one that is. */
function refusal(spec: JsonObject, options: ContextOptions = {}, metadata: JsonObject = {}): string | undefined {
  const { app, repositories } = applicationToApp(application('a', spec, { metadata }), contextOf(options))
  if (app.problem === undefined) return undefined
  assert.deepEqual(repositories, [], 'what is refused is not fetched')
  return app.problem.code
}

const from = (repoURL: string): JsonObject => ({ source: { repoURL, path: 'p' } })
const to = (destination: JsonObject): JsonObject => ({ destination })

test('a URL of a resource is https: no file, no http, no Git protocol', () => {
  assert.equal(refusal(from('https://git.example.com/r')), undefined)
  for (const url of ['file:///etc', 'FILE:///etc', 'http://git.example.com/r', '/etc', '../x'])
    assert.ok(refusal(from(url)) !== undefined, url)
  for (const url of ['file:///etc', 'http://git.example.com/r']) assert.equal(refusal(from(url)), 'GDE_NOT_PERMITTED')
})

test('what comes from a resource is read by the guarded transport', () => {
  const guarded = (url: string, entry: ContextOptions['entry'] = {}) =>
    applicationToApp(application('a', from(url)), contextOf({ entry })).repositories[0]?.untrusted
  for (const url of ['https://127.0.0.1/r', 'https://169.254.169.254/latest', 'https://localhost/r'])
    assert.equal(guarded(url), true)
  assert.equal(guarded('https://127.0.0.1/r', { trustedUrls: ['https://127.0.0.1/*'] }), false)
  assert.equal(guarded('http://127.0.0.1/r', { trustedUrls: ['http://127.0.0.1/*'] }), false)
  assert.equal(refusal(from('file:///etc'), { entry: { trustedUrls: ['*'] } }), 'GDE_NOT_PERMITTED')
})

test('a rewrite of the config is not led elsewhere by the rest of the URL', () => {
  const rewrites = [
    rewriteOf('https://mirror.example.com/', 'file:///srv/mirrors/'),
    rewriteOf('git@git.example.com:', 'https://git.example.com'),
  ]
  const with_ = { settings: { rewrites } }
  assert.equal(refusal(from('https://mirror.example.com/team/r'), with_), undefined)
  for (const url of [
    'https://mirror.example.com/../private',
    'https://mirror.example.com/x/%2e%2e/%2E%2E/private',
    'https://mirror.example.com/x/..%2f..%2fprivate',
    'git@git.example.com:.evil.example.org/r',
    'git@git.example.com:@evil.example.org/r',
  ])
    assert.equal(refusal(from(url), with_), 'GDE_NOT_PERMITTED', url)
})

test('a star in the host of a trusted URL or of an allowed one does not reach into the path', () => {
  const trustedUrls = ['http://*.git.svc.cluster.local/*']
  assert.equal(refusal(from('http://gitea.git.svc.cluster.local/team/r'), { entry: { trustedUrls } }), undefined)
  assert.equal(refusal(from('HTTP://GITEA.git.svc.cluster.local./team/r'), { entry: { trustedUrls } }), undefined)
  const allowedRepositories = ['https://*.example.com/team/*', 'https://{a,b}.example.org/**/x']
  for (const url of ['https://git.example.com/team/a/b', 'https://a.example.org/x/x', 'https://b.example.org/c/d/x'])
    assert.equal(refusal(from(url), { entry: { allowedRepositories } }), undefined, url)
  for (const url of [
    'https://evil.org/x.example.com/team/r',
    'https://evil.org/a.example.org/y/x',
    'https://c.example.org/a/x',
  ])
    assert.equal(refusal(from(url), { entry: { allowedRepositories } }), 'GDE_NOT_PERMITTED', url)
  for (const url of ['http://127.0.0.1:9/x.git.svc.cluster.local/y', 'http://127.0.0.1:9\\x.git.svc.cluster.local/y'])
    assert.equal(refusal(from(url), { entry: { trustedUrls } }), 'GDE_NOT_PERMITTED', url)
})

test('what a URL says to one reader and not to another is refused before the project and the config are asked', () => {
  const projects = [
    project('default', { sourceRepos: ['https://git.example.com/web/*', 'https://git.example.com/**'] }),
  ]
  for (const url of [
    'https://git.example.com/web/..\\other\\r',
    'https://git.example.com/web/../other/r',
    'https://git.example.com/web/%2e%2e/other/r',
    'https://git.example.com/web/x%2f..%2f..%2fother',
    'https://git.example.com/other?/web/r',
    'https://git.example.com/other#/web/r',
    'https://git.example.com/.\t./other/r',
    'https://git.example.com\\@evil.org/web/r',
    'https://evil.org\\@git.example.com/web/r',
  ]) {
    assert.equal(refusal(from(url), { projects }), 'GDE_NOT_PERMITTED', url)
    const rewrites = [rewriteOf('https://git.example.com/', 'file:///srv/mirrors/')]
    assert.equal(refusal(from(url), { settings: { rewrites } }), 'GDE_NOT_PERMITTED', url)
  }
})

test('what a project denies it denies in every spelling of the address', () => {
  const sourceRepos = ['https://git.example.com/**', '**', '!https://git.example.com/secret']
  const projects = [project('default', { sourceRepos })]
  for (const url of [
    'https://git.example.com/secret.git',
    'https://me@git.example.com/secret',
    'https://GIT.example.com:443/Secret',
    'https://git.example.com./secret/',
    'https://git.example.com/%73ecret',
  ])
    assert.equal(refusal(from(url), { projects }), 'GDE_NOT_PERMITTED', url)
  assert.equal(refusal(from('https://me@git.example.com/other'), { projects }), undefined)
})

test('a rewrite of a host or a folder is not extended to what only begins like it', () => {
  const rewrites = [
    rewriteOf('https://git.example.com', 'file:///srv/mirrors/'),
    rewriteOf('https://git.example.org/team', 'file:///srv/team'),
  ]
  const fetchedFrom = (url: string) =>
    applicationToApp(application('a', from(url)), contextOf({ settings: { rewrites } })).repositories[0]?.fetchUrl
  assert.equal(fetchedFrom('https://git.example.com.evil.org/r'), 'https://git.example.com.evil.org/r')
  assert.equal(fetchedFrom('https://git.example.org/team.git'), 'file:///srv/team.git')
  assert.equal(fetchedFrom('https://git.example.org/team/r'), 'file:///srv/team/r')
  assert.equal(fetchedFrom('https://GIT.example.org:443/team/r/'), 'file:///srv/team/r')
  assert.equal(refusal(from('https://git.example.org/team-private'), { settings: { rewrites } }), 'GDE_NOT_PERMITTED')
})

test('two addresses never share a mirror, though rules and Secrets take them for one', () => {
  const urls = ['r', 'R', 'r.git'].map((name) => `https://git.example.com/team/${name}`)
  const secrets = [secretOf('repository', 'r', { url: `${urls[0]}\n`, password: 'p' })]
  const specs = urls.map((url) => applicationToApp(application('a', from(url)), contextOf({ secrets })).repositories[0])
  assert.deepEqual(
    specs.map((spec) => [spec?.fetchUrl, passwordOf(spec?.credentials)]),
    urls.map((url) => [url, 'p']),
  )
  assert.equal(new Set(specs.map((spec) => spec?.id)).size, 3)
})

test('what the config allows one address, it does not allow another that differs in case', () => {
  const entry = { credentials: { type: 'none' }, pollIntervalSeconds: 30 } as const
  const settings = { repositories: [{ ...entry, url: urlOf('http://127.0.0.1/team/r') }] }
  assert.equal(refusal(from('http://127.0.0.1/team/r.git'), { settings }), undefined)
  assert.equal(refusal(from('http://127.0.0.1/Team/R'), { settings }), 'GDE_NOT_PERMITTED')
})

test('user info of a URL is in nothing that an app is shown by', () => {
  for (const url of [
    'https://user:hunter2@git.example.com/r',
    'https://user:hunter2@hunter2@git.example.com/r',
    ' https://user:hunter2@git.example.com/r',
    'user:hunter2@git.example.com/r',
  ]) {
    const server = 'https://user:hunter2@k8s.example.com'
    const { app } = applicationToApp(application('a', { ...from(url), ...to({ server, namespace: 'n' }) }), contextOf())
    assert.doesNotMatch(JSON.stringify(app), /hunter2/)
    assert.equal(app.to.server, 'https://k8s.example.com')
  }
})

test('allowedRepositories holds for every source', () => {
  const entry = { allowedRepositories: ['https://git.example.com/*'] }
  assert.equal(refusal(from('https://git.example.com/r'), { entry }), undefined)
  assert.equal(refusal(from('https://git.example.com.evil.org/r'), { entry }), 'GDE_NOT_PERMITTED')
  const sources = [
    { repoURL: 'https://git.example.com/r', path: 'p' },
    { repoURL: 'https://evil.org/r', ref: 'values' },
  ]
  assert.equal(refusal({ source: null, sources }, { entry }), 'GDE_NOT_PERMITTED')
})

test('the project decides about repositories, destinations and namespaces', () => {
  const projects = [
    project('web', {
      sourceRepos: ['https://git.example.com/web/*'],
      destinations: [{ server: IN_CLUSTER, namespace: 'web-*' }],
      sourceNamespaces: ['web'],
    }),
  ]
  const of = (spec: JsonObject, metadata: JsonObject = {}) =>
    refusal(
      {
        project: 'web',
        ...from('https://git.example.com/web/r'),
        ...to({ server: IN_CLUSTER, namespace: 'web-1' }),
        ...spec,
      },
      { projects },
      metadata,
    )
  assert.equal(of({}), undefined)
  assert.equal(of({}, { namespace: 'web' }), undefined)
  assert.equal(of({}, { namespace: 'other' }), 'GDE_NOT_PERMITTED')
  assert.equal(of(from('https://git.example.com/other/r')), 'GDE_NOT_PERMITTED')
  assert.equal(of(to({ server: IN_CLUSTER, namespace: 'kube-system' })), 'GDE_NOT_PERMITTED')
  assert.equal(of(to({ name: 'prod', namespace: 'web-1' })), 'GDE_NOT_PERMITTED')
  assert.equal(of({ project: 'nobody' }), 'GDE_NOT_PERMITTED')
  assert.equal(of({ project: '' }), 'GDE_NOT_PERMITTED', 'the default project is not there')
})

test('a project may deny what it permits otherwise', () => {
  const sourceRepos = ['https://git.example.com/web/*', '!https://git.example.com/web/secret']
  const destinations = [
    { server: '*', namespace: '*' },
    { server: '*', namespace: '!kube-system' },
  ]
  const options = { projects: [project('default', { sourceRepos, destinations })] }
  assert.equal(refusal(from('https://git.example.com/web/r'), options), undefined)
  assert.equal(refusal(from('https://git.example.com/web/secret'), options), 'GDE_NOT_PERMITTED')
  const hidden = { ...from('https://git.example.com/web/r'), ...to({ server: IN_CLUSTER, namespace: 'kube-system' }) }
  assert.equal(refusal(hidden, options), 'GDE_NOT_PERMITTED')
})

test('projects that cannot be read permit nothing', () => {
  const context = contextOf()
  const failure = { code: 'GDE_CLUSTER_FORBIDDEN', message: 'no' } as const
  const { app } = applicationToApp(application('a'), { ...context, projects: () => ({ failure }) })
  assert.equal(app.problem?.code, 'GDE_CLUSTER_FORBIDDEN')
  const broken = project('default', { sourceRepos: 7 })
  assert.equal(refusal({}, { projects: [broken] }), 'GDE_ARGOCD_INVALID')
})

function credentialsFor(url: string, projectName: string, ...secrets: readonly ReturnType<typeof secretOf>[]) {
  const { repositories } = applicationToApp(
    application('a', { project: projectName, ...from(url) }),
    contextOf({ secrets }),
  )
  return repositories[0]?.credentials
}

function passwordOf(credentials: GitCredentials | undefined): string | undefined {
  return credentials?.type === 'basic' ? credentials.password.reveal() : undefined
}

test('credentials of a project serve that project alone', () => {
  const url = 'https://git.example.com/r'
  const shared = secretOf('repo-creds', 'shared', { url: 'https://git.example.com', password: 'shared' })
  const own = secretOf('repository', 'own', { url, project: 'a', password: 'own' })
  assert.equal(passwordOf(credentialsFor(url, 'a', shared, own)), 'own')
  assert.equal(passwordOf(credentialsFor(url, 'b', shared, own)), 'shared')
  assert.equal(passwordOf(credentialsFor(url, 'b', own)), undefined)
})

test('two projects never share a mirror that the credentials of one of them filled', () => {
  const url = 'https://git.example.com/r'
  const own = secretOf('repository', 'own', { url, project: 'a', password: 'own' })
  const idFor = (name: string) =>
    applicationToApp(application('a', { project: name, ...from(url) }), contextOf({ secrets: [own] })).repositories[0]
      ?.id
  assert.notEqual(idFor('a'), idFor('b'))
  assert.equal(idFor('b'), idFor('c'))
})

test('credentials go to the host that they are for', () => {
  const template = secretOf('repo-creds', 'template', { url: 'https://git.example.com', password: 'p' })
  for (const url of [
    'https://git.example.com.evil.org/r',
    'https://git.example.com:8443/r',
    'http://git.example.com/r',
  ])
    assert.equal(passwordOf(credentialsFor(url, 'a', template)), undefined, url)
  const secrets = [secretOf('repository', 'exact', { url: 'https://git.example.com/r', password: 'p' })]
  const settings = {
    repositories: [
      {
        url: urlOf('https://git.example.com/r'),
        fetchFrom: urlOf('https://mirror.example.org/r'),
        credentials: { type: 'none' },
        pollIntervalSeconds: 30,
      } as const,
    ],
  }
  const { repositories } = applicationToApp(
    application('a', from('https://git.example.com/r')),
    contextOf({ secrets, settings }),
  )
  assert.deepEqual(
    repositories.map(({ fetchUrl, credentials }) => [fetchUrl, credentials.type]),
    [['https://mirror.example.org/r', 'none']],
  )
})

test('a repository Secret does not choose a proxy that the config does not trust', () => {
  const secrets = [secretOf('repository', 'r', { url: REPOSITORY_URL, proxy: 'http://127.0.0.1:3128' })]
  assert.equal(refusal({}, { secrets }), 'GDE_NOT_PERMITTED')
  const entry = { trustedUrls: ['http://127.0.0.1:3128'] }
  const { repositories } = applicationToApp(application('a'), contextOf({ secrets, entry }))
  assert.deepEqual([repositories[0]?.proxy, repositories[0]?.untrusted], ['http://127.0.0.1:3128', true])
})

const SERVER = 'https://prod.example.com'
const clusterSecret = (config: JsonObject, more: Readonly<Record<string, string>> = {}) =>
  secretOf('cluster', 's', { name: 'prod', server: SERVER, config: JSON.stringify(config), ...more })

function accessOf(secret: ReturnType<typeof secretOf>, entry: ContextOptions['entry'] = {}) {
  const clusters = clustersOf([secret], entry)
  const [access] = [...clusters.registered, ...clusters.scoped].map((one) => one.access)
  const failed = clusters.problems[0]?.failure.code
  return failed ?? (access !== undefined && 'type' in access && access.type === 'kubeconfigText' ? access : undefined)
}

test('a cluster Secret runs no program that the config does not list', () => {
  const exec = { execProviderConfig: { command: 'aws', args: ['eks'], env: { AWS_PROFILE: 'x' } } }
  const entry = { allowedExecCommands: ['aws'] }
  assert.equal(accessOf(clusterSecret(exec)), 'GDE_NOT_PERMITTED')
  assert.deepEqual((accessOf(clusterSecret(exec), entry) as { allows: unknown }).allows, ['exec'])
  for (const command of ['/tmp/aws', './aws', 'aws ', 'AWS', 'sh'])
    assert.equal(accessOf(clusterSecret({ execProviderConfig: { command } }), entry), 'GDE_NOT_PERMITTED', command)
  for (const name of [
    'PATH',
    'LD_PRELOAD',
    'NODE_OPTIONS',
    'BASH_FUNC_cat%%',
    'aws_profile',
    'AWS_CONFIG_FILE',
    'HTTPS_PROXY',
    '',
  ])
    assert.equal(
      accessOf(clusterSecret({ execProviderConfig: { command: 'aws', env: { [name]: '/tmp' } } }), entry),
      'GDE_NOT_PERMITTED',
      name,
    )
  assert.equal(accessOf(clusterSecret(exec, { project: 'tenant' }), entry), 'GDE_NOT_PERMITTED')
  const aws = { awsAuthConfig: { clusterName: 'c', roleARN: 'r' } }
  assert.equal(accessOf(clusterSecret(aws)), 'GDE_UNSUPPORTED_CREDENTIALS')
  assert.equal(accessOf(clusterSecret(aws), entry), 'GDE_UNSUPPORTED_CREDENTIALS')
  assert.equal(typeof accessOf(clusterSecret(aws), { allowedExecCommands: ['argocd-k8s-auth'] }), 'object')
})

test('a cluster Secret does not choose a proxy that the config does not trust', () => {
  const config = { proxyUrl: 'http://127.0.0.1:3128' }
  assert.equal(accessOf(clusterSecret(config)), 'GDE_NOT_PERMITTED')
  const access = accessOf(clusterSecret(config), { trustedUrls: ['http://127.0.0.1:*'] })
  assert.deepEqual((access as { allows: unknown }).allows, ['proxy'])
})

test('the cluster of a project’s own Secret is that project’s alone, and stands for no other', () => {
  const tenant = secretOf('cluster', 'tenant', { name: 'prod', server: SERVER, config: '{}', project: 'tenant' })
  const clusters = clustersOf([tenant])
  assert.deepEqual(clusters.registered, [])
  assert.deepEqual(
    clusters.scoped.map(({ name }) => name),
    ['control/argocd/tenant'],
  )
  assert.equal(clusters.resolve({ server: SERVER, name: '' }, 'tenant').cluster, 'control/argocd/tenant')
  assert.throws(
    () => clusters.resolve({ server: SERVER, name: '' }, 'other'),
    /is registered for the project "tenant" alone/,
  )
  const both = clustersOf([tenant, secretOf('cluster', 'shared', { name: 'prod', server: SERVER, config: '{}' })])
  assert.equal(both.resolve({ server: SERVER, name: '' }, 'other').cluster, 'prod')
  assert.equal(both.resolve({ server: '', name: 'prod' }, 'tenant').cluster, 'control/argocd/tenant')
})

test('no Secret says how the cluster that Argo CD runs in is reached', () => {
  const secret = secretOf('cluster', 'here', {
    name: 'here',
    server: IN_CLUSTER,
    config: JSON.stringify({ execProviderConfig: { command: 'sh' }, proxyUrl: 'http://127.0.0.1' }),
  })
  const clusters = clustersOf([secret])
  assert.deepEqual(
    clusters.registered.map(({ name, access }) => [name, access]),
    [['control', undefined]],
  )
  assert.equal(clusters.resolve({ server: IN_CLUSTER, name: '' }, 'any').cluster, 'control')
})

test('names of Secrets are no way into the identities of apps', () => {
  const odd = ['a|b', '', 'x\n', 'y'.repeat(300), '‮z']
  const secrets = odd.map((name, index) =>
    secretOf('cluster', `s${index}`, { name, server: `https://c${index}.example.com`, config: '{}' }),
  )
  for (const { name } of clustersOf(secrets).registered) assert.match(name, /^control\/argocd\/s\d$/)
})
