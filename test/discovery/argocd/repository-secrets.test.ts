import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  chooseCredentials,
  type RepositorySecret,
  readRepositorySecret,
  repositorySecretProblems,
} from '../../../src/discovery/argocd/repositories/repository-secrets.ts'
import { urlOf } from '../urls.ts'
import { secretOf } from './secret.ts'

function read(
  type: 'repository' | 'repo-creds',
  name: string,
  data: Readonly<Record<string, string>>,
): RepositorySecret {
  const found = readRepositorySecret(secretOf(type, name, data))
  assert.ok(found !== undefined)
  return found
}

const URL = 'https://git.example.com/team/app.git'

function reference(secrets: readonly RepositorySecret[], url = URL, project = 'web'): string {
  const choice = chooseCredentials(secrets, urlOf(url), project)
  return 'failure' in choice ? choice.failure.code : choice.reference
}

test('the Secret of the repository comes before the longest prefix', () => {
  const secrets = [
    read('repo-creds', 'host', { url: 'https://git.example.com', password: 'p' }),
    read('repo-creds', 'team', { url: 'https://git.example.com/team', password: 'p' }),
    read('repository', 'exact', { url: 'https://GIT.example.com/team/app', password: 'p' }),
  ]
  assert.equal(reference(secrets), 'argocd/exact')
  assert.equal(reference(secrets, 'https://git.example.com/team/other'), 'argocd/team')
  assert.equal(reference(secrets, 'https://git.example.com/x/y'), 'argocd/host')
  assert.equal(reference(secrets, 'https://elsewhere.example.com/x'), '')
})

test('a repository without credentials borrows those of a prefix and keeps its own switches', () => {
  const secrets = [
    read('repo-creds', 'host', { url: 'https://git.example.com', bearerToken: 't', proxy: 'http://one' }),
    read('repository', 'bare', { url: URL, insecure: 'true', proxy: 'http://two' }),
  ]
  const choice = chooseCredentials(secrets, urlOf(URL), 'web')
  assert.ok(!('failure' in choice))
  assert.deepEqual(
    [choice.reference, choice.credentials.type, choice.insecureSkipVerify, choice.proxy],
    ['argocd/host', 'bearer', true, 'http://two'],
  )
})

test('a Secret with a project serves that project only, and before one without', () => {
  const secrets = [
    read('repository', 'all', { url: URL, password: 'p' }),
    read('repository', 'web', { url: URL, password: 'p', project: 'web' }),
    read('repo-creds', 'web-host', { url: 'https://git.example.com', password: 'p', project: 'web' }),
  ]
  assert.equal(reference(secrets), 'argocd/web')
  assert.equal(reference(secrets, URL, 'other'), 'argocd/all')
  assert.equal(reference(secrets.slice(1), URL, 'other'), '')
  assert.equal(reference(secrets.slice(2), URL, 'web'), 'argocd/web-host')
})

test('credentials never go to another host, port or scheme, though to Argo CD the URL begins alike', () => {
  const secrets = [read('repo-creds', 'host', { url: 'https://git.example.com', password: 'p' })]
  for (const url of [
    'https://git.example.com.evil.org/x',
    'https://git.example.com@evil.org/x',
    'https://git.example.com:8443/x',
    'http://git.example.com/x',
  ])
    assert.equal(reference(secrets, url), '', url)
  const odd = [read('repository', 'odd', { url: 'https://[', password: 'p' })]
  assert.equal(reference(odd, 'https://[x'), '')
})

test('a Secret is read in the order of Argo CD: password or token, SSH key, GitHub App, identities of clouds', () => {
  const login = (data: Readonly<Record<string, string>>) => {
    const { credentials, identity } = read('repository', 'r', { url: URL, ...data }).login
    return identity ?? ('type' in credentials ? credentials.type : credentials.code)
  }
  const app = { githubAppPrivateKey: 'k', githubAppID: '7' }
  assert.equal(login({ password: 'p', sshPrivateKey: 'k' }), 'basic')
  assert.equal(login({ bearerToken: 't', sshPrivateKey: 'k' }), 'bearer')
  assert.equal(login({ sshPrivateKey: 'k', ...app }), 'ssh')
  assert.equal(login({ ...app, useAzureWorkloadIdentity: 'true' }), 'githubApp')
  assert.equal(login({ githubAppPrivateKey: 'k' }), 'none')
  assert.equal(login({ ...app, githubAppEnterpriseBaseUrl: 'https://u:p@ghe.example.com' }), 'GDE_NOT_PERMITTED')
  assert.match(login({ gcpServiceAccountKey: 'k' }), /Google/)
  assert.match(login({ useAzureWorkloadIdentity: 'true' }), /workload identity/)
  assert.match(login({ azureServicePrincipalClientSecret: 's' }), /service principal/)
})

test('a GitHub App is that of github.com unless the Secret says of which GitHub', () => {
  const app = (data: Readonly<Record<string, string>>) => {
    const secret = { url: URL, githubAppPrivateKey: 'k', githubAppID: '7', ...data }
    const { credentials } = read('repository', 'r', secret).login
    assert.ok('type' in credentials && credentials.type === 'githubApp')
    return [credentials.apiUrl, credentials.installationId]
  }
  assert.deepEqual(app({ githubAppInstallationID: '9' }), ['https://api.github.com', '9'])
  const enterprise = { githubAppEnterpriseBaseUrl: 'https://ghe.example.com/api/v3/' }
  assert.deepEqual(app(enterprise), ['https://ghe.example.com/api/v3', undefined])
})

test('a client certificate goes beside the login, and a repository without one borrows that of a prefix', () => {
  const certificate = { tlsClientCertData: 'c', tlsClientCertKey: 'k' }
  const choose = (...secrets: readonly RepositorySecret[]) => {
    const choice = chooseCredentials(secrets, urlOf(URL), 'web')
    assert.ok(!('failure' in choice))
    return [choice.credentials.type, choice.clientCertificate !== undefined]
  }
  const host = read('repo-creds', 'host', { url: 'https://git.example.com', password: 'p', ...certificate })
  assert.deepEqual(choose(host), ['basic', true])
  assert.deepEqual(choose(host, read('repository', 'bare', { url: URL })), ['basic', true])
  assert.deepEqual(choose(read('repository', 'own', { url: URL, ...certificate })), ['none', true])
})

test('keys for SSH go to the user, host and port of their Secret alone, however SSH is spelled', () => {
  const secrets = [
    read('repo-creds', 'host', { url: 'git@git.example.com', sshPrivateKey: 'k' }),
    read('repository', 'one', { url: 'ssh://git@git.example.com:2222/team/app', sshPrivateKey: 'k' }),
    read('repo-creds', 'team', { url: 'git@git.example.com:team', sshPrivateKey: 'k' }),
  ]
  assert.equal(reference(secrets, 'git@git.example.com:team/app.git'), 'argocd/team')
  assert.equal(reference(secrets, 'ssh://git@git.example.com/team/app'), 'argocd/team')
  assert.equal(reference(secrets, 'ssh://git@git.example.com:2222/team/app.git'), 'argocd/one')
  for (const url of [
    'git@git.example.com.evil.org:team/app',
    'ssh://git@git.example.com:22222/x',
    'ssh://root@git.example.com/team/app',
    'https://git.example.com/team/app',
  ])
    assert.equal(reference(secrets, url), '', url)
})

test('a password goes with the user name given, or with the one that Argo CD sends', () => {
  const login = (data: Readonly<Record<string, string>>) => {
    const { credentials } = read('repository', 'r', { url: URL, ...data }).login
    return 'type' in credentials && credentials.type === 'basic' ? credentials.username : credentials
  }
  assert.equal(login({ username: 'u', password: 'p' }), 'u')
  assert.equal(login({ password: 'p' }), 'x-access-token')
})

test('a Secret of another type is none of these', () => {
  assert.equal(readRepositorySecret(secretOf('cluster', 'c', { url: URL })), undefined)
})

test('no message or reading shows a credential', () => {
  const secrets = [read('repository', 'r', { url: 'https://user:hidden1@git.example.com/x', sshPrivateKey: 'hidden2' })]
  const shown = JSON.stringify(chooseCredentials(secrets, urlOf('https://user:hidden1@git.example.com/x'), ''))
  assert.ok(!shown.includes('hidden'), shown)
})

test('a Secret whose URL is read in two ways is told of, and is for no repository', () => {
  const secretFor = (url: string) => readRepositorySecret(secretOf('repository', 'odd', { url, password: 'hunter2' }))
  const [odd, plain] = [
    secretFor('https://user:hunter2@git.example.com/team\\app'),
    secretFor('https://git.example.com/a\n'),
  ]
  assert.ok(odd !== undefined && plain !== undefined)
  const [problem, ...others] = repositorySecretProblems([odd, plain], 'control')
  assert.deepEqual(others, [])
  assert.equal(problem?.subject, 'repository Secret argocd/odd in control')
  assert.match(problem.failure.message, /backslash.*used for no repository/)
  assert.doesNotMatch(problem.failure.message, /hunter2/)
})
