import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gitArtifact } from '../../../src/discovery/flux/sources/git-source.ts'
import { Confidential } from '../../../src/model/confidential.ts'
import { CodedError } from '../../../src/model/failure.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { KubernetesObject } from '../../../src/model/object.ts'
import type { CredentialSettings, RepositorySettings } from '../../../src/model/settings.ts'
import { addressPrefix } from '../../../src/model/sources/address-start.ts'
import { rewriteOf, urlOf } from '../urls.ts'
import { fluxContext, type TestSnapshotOptions } from './flux-snapshot.ts'
import { gitRepository, secret } from './resources.ts'

function artifactOf(objects: readonly KubernetesObject[], options: TestSnapshotOptions = {}) {
  return gitArtifact(fluxContext(objects, options).context, 'flux-system', 'fleet')
}

function onlySource(objects: readonly KubernetesObject[], options: TestSnapshotOptions = {}) {
  const [source, ...others] = artifactOf(objects, options).sources
  assert.ok(source !== undefined && others.length === 0)
  return source
}

function refusal(objects: readonly KubernetesObject[], options: TestSnapshotOptions = {}): string {
  try {
    artifactOf(objects, options)
  } catch (error) {
    assert.ok(error instanceof CodedError, String(error))
    return `${error.failure.code}: ${error.failure.message}`
  }
  return assert.fail('it was read')
}

test('spec.ref is read in the order in which Flux does', () => {
  const revision = (ref: JsonObject): string => onlySource([gitRepository({ ref })]).targetRevision
  const commit = '0123456789012345678901234567890123456789'
  assert.equal(revision({}), 'master')
  assert.equal(revision({ branch: 'main' }), 'main')
  assert.equal(revision({ branch: 'main', tag: 'v1' }), 'refs/tags/v1')
  assert.equal(revision({ branch: 'main', tag: 'v1', semver: '>=1.0.0' }), '>=1.0.0')
  assert.equal(revision({ semver: '1.2.3', name: 'refs/pull/7/head' }), 'refs/pull/7/head')
  assert.equal(revision({ branch: 'main', name: 'refs/pull/7/head', commit }), commit)
})

test('a branch is never taken for a range of versions or a commit', () => {
  const revision = (branch: string): string => onlySource([gitRepository({ ref: { branch } })]).targetRevision
  assert.equal(revision('1.x'), 'refs/heads/1.x')
  assert.equal(revision('v2'), 'refs/heads/v2')
  assert.equal(revision('deadbeef'), 'refs/heads/deadbeef')
  assert.equal(revision('release/1.2'), 'release/1.2')
})

test('a version alone is the range of just that version', () => {
  assert.equal(onlySource([gitRepository({ ref: { semver: '1.2.3' } })]).targetRevision, '=1.2.3')
})

test('a repository that the config does not list is untrusted', () => {
  const { spec } = onlySource([gitRepository()])
  assert.equal(spec.fetchUrl, 'https://git.example.com/fleet.git')
  assert.equal(spec.untrusted, true)
})

test('only https and ssh are fetched by the word of a resource', () => {
  assert.equal(
    refusal([gitRepository({ url: 'http://git.example.com/fleet.git' })]),
    'GDE_NOT_PERMITTED: GitRepository flux-system/fleet: http://git.example.com/fleet.git is not https: a URL of a resource must be, or ssh, unless the config lists it',
  )
  assert.match(refusal([gitRepository({ url: 'file:///etc' })]), /^GDE_NOT_PERMITTED: /)
  const { spec } = onlySource([gitRepository({ url: 'ssh://git@git.example.com/fleet' })])
  assert.deepEqual([spec.fetchUrl, spec.untrusted], ['ssh://git@git.example.com/fleet', true])
  assert.match(refusal([gitRepository({ url: 7 })]), /^GDE_FLUX_INVALID: .*spec\.url is not a text$/)
})

test('what the config says of a repository may lie anywhere', () => {
  const repositories = [
    {
      url: urlOf('https://git.example.com/fleet.git'),
      fetchFrom: urlOf('file:///srv/fleet'),
      credentials: { type: 'none' },
      pollIntervalSeconds: 30,
    },
  ] as const
  const { spec } = onlySource([gitRepository()], { settings: { repositories } })
  assert.equal(spec.fetchUrl, 'file:///srv/fleet')
  assert.equal(spec.untrusted, false)
  const rewrites = [rewriteOf('ssh://git@git.example.com/', 'https://git.example.com/')]
  const ssh = onlySource([gitRepository({ url: 'ssh://git@git.example.com/fleet' })], { settings: { rewrites } })
  assert.equal(ssh.spec.fetchUrl, 'https://git.example.com/fleet')
})

test('allowedRepositories holds for all of them', () => {
  const allowedRepositories = ['https://git.example.com/*']
  assert.equal(onlySource([gitRepository()], { allowedRepositories }).spec.untrusted, true)
  assert.match(
    refusal([gitRepository({ url: 'https://git.example.com.evil.org/fleet.git' })], { allowedRepositories }),
    /^GDE_NOT_PERMITTED: .*matches none of allowedRepositories$/,
  )
})

test('secretRef gives user and password, a token, and an authority', () => {
  const withSecret = (data: JsonObject) =>
    onlySource([gitRepository({ secretRef: { name: 'login' } }), secret('login', data)]).spec
  const basic = withSecret({ username: 'bot', password: 'hunter2' })
  assert.ok(basic.credentials.type === 'basic')
  assert.equal(basic.credentials.username, 'bot')
  assert.equal(basic.credentials.password.reveal(), 'hunter2')
  const bearer = withSecret({ bearerToken: 'token', 'ca.crt': 'PEM' })
  assert.ok(bearer.credentials.type === 'bearer')
  assert.equal(bearer.ca, 'PEM')
  assert.notEqual(basic.id, bearer.id)
  assert.notEqual(basic.id, onlySource([gitRepository()]).spec.id)
})

test('credentials that cannot be used are named, never shown', () => {
  const withSecret = (data: JsonObject) =>
    refusal([gitRepository({ secretRef: { name: 'login' } }), secret('login', data)])
  assert.match(withSecret({ password: 'hunter2' }), /^GDE_FLUX_INVALID: .*must have both username and password$/)
  assert.match(withSecret({ 'tls.key': 'KEY' }), /^GDE_FLUX_INVALID: .*client certificate with its key$/)
  assert.match(withSecret({ githubAppPrivateKey: 'KEY' }), /^GDE_FLUX_INVALID: .*spec\.provider is not github$/)
  assert.match(refusal([gitRepository({ provider: 'github' })]), /^GDE_FLUX_INVALID: .*secretRef/)
  assert.match(refusal([gitRepository({ provider: 'other' })]), /^GDE_FLUX_INVALID: .*"other"/)
  assert.match(
    refusal([gitRepository({ provider: 'azure' })]),
    /^GDE_UNSUPPORTED_CREDENTIALS: .*azure.*credentials\[\]\.helper/,
  )
  assert.equal(
    refusal([gitRepository({ secretRef: { name: 'gone' } })]),
    'GDE_FLUX_CLUSTER_REFERENCE: GitRepository flux-system/fleet: Secret flux-system/gone is not there',
  )
})

test('over SSH the Secret gives key, passphrase and known_hosts, of which the lines about the host are passed on', () => {
  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  const known_hosts = `git.example.com ssh-ed25519 ${key}\nother.example.com ssh-ed25519 ${key}\n`
  const objects = (data: JsonObject) => [
    gitRepository({ url: 'ssh://git@git.example.com/fleet', secretRef: { name: 'login' } }),
    secret('login', data),
  ]
  const { spec } = onlySource(objects({ identity: 'KEY', 'identity.pub': 'PUB', password: 'phrase', known_hosts }))
  assert.ok(spec.credentials.type === 'ssh' && spec.credentials.privateKey instanceof Confidential)
  assert.equal(spec.credentials.privateKey.reveal(), 'KEY')
  assert.ok(spec.credentials.passphrase instanceof Confidential)
  assert.equal(spec.credentials.passphrase.reveal(), 'phrase')
  assert.equal(spec.knownHosts, `git.example.com ssh-ed25519 ${key}\n`)
  assert.match(refusal(objects({ identity: 'KEY' })), /^GDE_FLUX_INVALID: .*identity and known_hosts/)
})

test('the provider github signs in as an app, with the Secret that Flux documents', () => {
  const login = secret('login', {
    githubAppID: '7',
    githubAppInstallationID: '9',
    githubAppPrivateKey: 'KEY',
    githubAppBaseURL: 'https://ghe.example.com/api/v3',
  })
  const { credentials } = onlySource([gitRepository({ provider: 'github', secretRef: { name: 'login' } }), login]).spec
  assert.ok(credentials.type === 'githubApp')
  assert.deepEqual(
    [credentials.appId, credentials.installationId, credentials.apiUrl],
    ['7', '9', 'https://ghe.example.com/api/v3'],
  )
})

test('a client certificate is read under both of its names', () => {
  for (const data of [
    { 'tls.crt': 'CERT', 'tls.key': 'KEY', 'ca.crt': 'CA' },
    { certFile: 'CERT', keyFile: 'KEY', caFile: 'CA' },
  ]) {
    const objects = [gitRepository({ secretRef: { name: 'login' } }), secret('login', data)]
    const { spec } = onlySource(objects)
    assert.ok(spec.clientCertificate?.key instanceof Confidential)
    assert.equal(spec.clientCertificate.key.reveal(), 'KEY')
    assert.equal(spec.ca, 'CA')
  }
})

test('a proxy of a Secret is used where trustedUrls lists it, with its login', () => {
  const objects = [
    gitRepository({ proxySecretRef: { name: 'proxy' } }),
    secret('proxy', { address: 'http://proxy.example.com:3128', username: 'u', password: 'p' }),
  ]
  assert.match(refusal(objects), /^GDE_NOT_PERMITTED: .*trustedUrls/)
  const { spec } = onlySource(objects, { trustedUrls: ['http://proxy.example.com:3128'] })
  assert.deepEqual([spec.proxy, spec.proxyLogin?.username], ['http://proxy.example.com:3128', 'u'])
})

const HELPER = { command: ['helper'], protocol: 'git', variables: [] } as const
const byHelper = (match: string, anyResource = false) => ({
  match: addressPrefix(match),
  credentials: { type: 'helper', helper: HELPER } as const,
  anyResource,
})

test('credentials of the config are for resources that ask for an identity, and for others only where it says so', () => {
  const typeOf = (spec: JsonObject, credentials: readonly CredentialSettings[]) =>
    onlySource([gitRepository(spec)], { settings: { credentials } }).spec.credentials.type
  assert.equal(typeOf({ provider: 'azure' }, [byHelper('https://git.example.com/')]), 'helper')
  assert.equal(typeOf({}, [byHelper('https://git.example.com/')]), 'none')
  assert.equal(typeOf({}, [byHelper('https://git.example.com/', true)]), 'helper')
  assert.equal(typeOf({}, [byHelper('https://git.example.com', true)]), 'helper')
  assert.equal(typeOf({}, [byHelper('https://git.example', true)]), 'none')
})

test('credentials of a resource do not follow a rewrite to another host', () => {
  const objects = [gitRepository({ secretRef: { name: 'login' } }), secret('login', { bearerToken: 'token' })]
  const fetchedFrom = (fetchFrom: string) =>
    onlySource(objects, { settings: { rewrites: [rewriteOf('https://git.example.com/', fetchFrom)] } }).spec.credentials
  assert.equal(fetchedFrom('https://mirror.example.org/').type, 'none')
  assert.equal(fetchedFrom('https://git.example.com/mirrors/').type, 'bearer')
})

test('includes are sources of their own, counted from the first', () => {
  const objects = [
    gitRepository({ include: [{ repository: { name: 'bases' }, fromPath: 'deploy', toPath: 'vendor/bases' }] }),
    gitRepository({ include: [{ repository: { name: 'common' } }], ignore: '*.md' }, 'bases'),
    gitRepository({ recurseSubmodules: true }, 'common'),
  ]
  const { artifact, sources } = artifactOf(objects)
  assert.deepEqual(
    sources.map(({ url }) => url),
    ['https://git.example.com/fleet.git', 'https://git.example.com/bases.git', 'https://git.example.com/common.git'],
  )
  assert.deepEqual(artifact, {
    source: 0,
    ignore: '',
    sparse: [],
    submodules: false,
    includes: [
      {
        from: 'deploy',
        to: 'vendor/bases',
        artifact: {
          source: 1,
          ignore: '*.md',
          sparse: [],
          submodules: false,
          includes: [
            { from: '', to: 'common', artifact: { source: 2, ignore: '', sparse: [], submodules: true, includes: [] } },
          ],
        },
      },
    ],
  })
})

test('a repository that includes itself ends somewhere', () => {
  assert.match(
    refusal([gitRepository({ include: [{ repository: { name: 'fleet' } }] })]),
    /^GDE_FLUX_INVALID: .*includes lie too deep in one another, or are too many$/,
  )
})

test('what the config says of a URL comes before the provider and the Secret of the resource', () => {
  const url = 'https://git.example.com/fleet.git'
  const objects = [gitRepository({ url, provider: 'github', secretRef: { name: 'missing' } })]
  const configured = (entry: Partial<RepositorySettings>) =>
    onlySource(objects, {
      settings: {
        repositories: [{ url: urlOf(url), credentials: { type: 'none' }, pollIntervalSeconds: 60, ...entry }],
      },
    }).spec
  assert.equal(configured({ fetchFrom: urlOf('file:///srv/fleet') }).fetchUrl, 'file:///srv/fleet')
  const credentials = { type: 'basicFiles', passwordFile: '/secrets/token' } as const
  assert.deepEqual(configured({ credentials }).credentials, credentials)
  const rewrites = [rewriteOf('https://git.example.com/', 'https://mirror.example.com/')]
  assert.equal(onlySource(objects, { settings: { rewrites } }).spec.fetchUrl, 'https://mirror.example.com/fleet.git')
  // The config says nothing of credentials, so that those of the resource count.
  const settings = {
    repositories: [{ url: urlOf(url), credentials: { type: 'none' as const }, pollIntervalSeconds: 60 }],
  }
  assert.match(refusal(objects, { settings }), /^GDE_FLUX_CLUSTER_REFERENCE: .*missing is not there/)
})
