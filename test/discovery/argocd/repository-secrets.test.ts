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

test('credentials of other transports are named by their kind', () => {
  const kinds = [
    { sshPrivateKey: 'k' },
    { githubAppPrivateKey: 'k' },
    { tlsClientCertData: 'c', password: 'p' },
    { gcpServiceAccountKey: 'k' },
    { useAzureWorkloadIdentity: 'true' },
    { azureServicePrincipalClientSecret: 's' },
  ]
  for (const data of kinds)
    assert.equal(reference([read('repository', 'r', { url: URL, ...data })]), 'GDE_UNSUPPORTED_CREDENTIALS')
})

test('a password goes with the user name given, or with the one that Argo CD sends', () => {
  const login = (data: Readonly<Record<string, string>>) => {
    const { credentials } = read('repository', 'r', { url: URL, ...data })
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
